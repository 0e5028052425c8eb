#include "tls/context.h"

#include "base/error.h"
#include "tls/session.h"

#include <openssl/err.h>

namespace bascule::tls {
namespace {

// RFC 9325: TLS 1.2 with forward secrecy and AEAD only.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// Origins that we have to reach: the same, then DHE and the CBC suites of servers that have nothing better.
constexpr const char* kUpstreamCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384";
// Of an origin's certificates: ten thousand names take twice as much as OpenSSL's 100 KB.
constexpr long kLongestCertificates = 512 * 1024;
constexpr const char* kGroups = "X25519:P-256:P-384:P-521";

ContextHandle make_context(const SSL_METHOD* method, const char* ciphers) {
    ContextHandle context(SSL_CTX_new(method));
    if (!context || SSL_CTX_set_cipher_list(context.get(), ciphers) != 1 ||
        SSL_CTX_set1_groups_list(context.get(), kGroups) != 1) {
        throw Error("cannot set OpenSSL up: {}", ERR_reason_error_string(ERR_get_error()));
    }
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION);
    return context;
}

int choose_certificate(SSL* ssl, void*) {
    return Session::of(ssl).on_certificate();
}

int look_at_client_hello(SSL* ssl, int* alert, void*) {
    return Session::of(ssl).on_client_hello(alert);
}

int choose_alpn(SSL* ssl, const unsigned char** out, unsigned char* length, const unsigned char* offered, unsigned size,
                void*) {
    return Session::of(ssl).on_alpn(out, length, {offered, size});
}

int verify_chain(X509_STORE_CTX* chain, void* policy) {
    const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto& asked = *static_cast<const UpstreamPolicy*>(policy);
    return Session::of(ssl).on_verify(chain, *asked.verifier, asked.enforce);
}

}  // namespace

ContextHandle make_client_leg_context() {
    ContextHandle context = make_context(TLS_server_method(), kCiphers);
    SSL_CTX* raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_TICKET |
                                 SSL_OP_ALLOW_CLIENT_RENEGOTIATION | SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    SSL_CTX_set_num_tickets(raw, 0);
    SSL_CTX_set_cert_cb(raw, choose_certificate, nullptr);
    SSL_CTX_set_client_hello_cb(raw, look_at_client_hello, nullptr);
    SSL_CTX_set_alpn_select_cb(raw, choose_alpn, nullptr);
    return context;
}

UpstreamContext::UpstreamContext(UpstreamPolicy policy)
    : policy_(std::move(policy)), context_(make_context(TLS_client_method(), kUpstreamCiphers)) {
    SSL_CTX* raw = context_.get();
    SSL_CTX_set_min_proto_version(raw, policy_.minimum_version);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_max_cert_list(raw, kLongestCertificates);
    SSL_CTX_set_cert_verify_callback(raw, verify_chain, &policy_);
}

const char* library_loaded() {
    return OpenSSL_version(OPENSSL_VERSION);
}

const char* library_compiled() {
    return OPENSSL_VERSION_TEXT;
}

}  // namespace bascule::tls
