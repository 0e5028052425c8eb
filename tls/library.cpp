#include "tls/library.h"

#include "tls/openssl.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/opensslv.h>

#include <string>

namespace bascule::tls {
namespace {

/// Whether a context takes what `set` gives it.
bool takes(auto set) {
    const ContextHandle context(SSL_CTX_new(TLS_client_method()));
    const bool taken = context && set(context.get()) == 1;
    ERR_clear_error();
    return taken;
}

bool takes_groups(const std::string& list) {
    return takes([&](SSL_CTX* context) { return SSL_CTX_set1_groups_list(context, list.c_str()); });
}

}  // namespace

const char* library_loaded() {
    return OpenSSL_version(OPENSSL_VERSION);
}

const char* library_compiled() {
    return OPENSSL_VERSION_TEXT;
}

bool knows_group(std::string_view name) {
    return takes_groups(std::string(name));
}

bool chooses_key_shares() {
    static const bool chooses = takes_groups("*P-256");
    return chooses;
}

bool says_renegotiation_info() {
    return OpenSSL_version_num() >= 0x30400000;
}

bool knows_scheme(std::string_view name) {
    return takes([&](SSL_CTX* context) { return SSL_CTX_set1_sigalgs_list(context, std::string(name).c_str()); });
}

#if OPENSSL_VERSION_PREREQ(3, 2)

namespace {

bool takes_compressions(SSL_CTX* context, std::vector<int> algorithms) {
    return SSL_CTX_set1_cert_comp_preference(context, algorithms.data(), algorithms.size()) == 1;
}

std::vector<std::uint16_t> compressions_at_hand() {
    const ContextHandle context(SSL_CTX_new(TLS_method()));
    std::vector<std::uint16_t> known;
    for (const int algorithm : {TLSEXT_comp_cert_zlib, TLSEXT_comp_cert_brotli, TLSEXT_comp_cert_zstd}) {
        if (context && takes_compressions(context.get(), {algorithm}))
            known.push_back(static_cast<std::uint16_t>(algorithm));
    }
    return known;
}

/// A session of it shakes hands with nobody: it knows what the message looks like.
SSL_CTX* idle_context() {
    static const ContextHandle context = [] {
        ContextHandle made(SSL_CTX_new(TLS_server_method()));
        require(made != nullptr, "a TLS context");
        SSL_CTX_set_mode(made.get(), SSL_MODE_NO_AUTO_CHAIN);
        SSL_CTX_set_security_level(made.get(), 0);
        return made;
    }();
    return context.get();
}

}  // namespace

const std::vector<std::uint16_t>& compressions() {
    static const std::vector<std::uint16_t> known = compressions_at_hand();
    return known;
}

void expect_compressed(SSL_CTX* context, std::span<const std::uint16_t> algorithms) {
    if (algorithms.empty()) {
        SSL_CTX_set_options(context, SSL_OP_NO_RX_CERTIFICATE_COMPRESSION);
    } else {
        require(takes_compressions(context, {algorithms.begin(), algorithms.end()}), "certificate compression");
    }
}

CompressedCertificate compress_certificate(X509* certificate, STACK_OF(X509) * chain, std::uint16_t algorithm) {
    const SslHandle ssl(SSL_new(idle_context()));
    require(ssl && SSL_use_certificate(ssl.get(), certificate) == 1, "certificate");
    require(!chain || SSL_set1_chain(ssl.get(), chain) == 1, "chain");
    unsigned char* octets = nullptr;
    std::size_t size = 0;
    const auto length = SSL_get1_compressed_cert(ssl.get(), algorithm, &octets, &size);
    const Handle<unsigned char, [](unsigned char* data) { OPENSSL_free(data); }> owner(octets);
    ERR_clear_error();
    if (length == 0 || length >= size) return {};
    return {.octets = {octets, octets + length}, .size = size};
}

void show_compressed(SSL* ssl, const CompressedCertificate& form, std::uint16_t algorithm) {
    auto* octets = const_cast<unsigned char*>(form.octets.data());  // which it copies
    require(SSL_set1_compressed_cert(ssl, algorithm, octets, form.octets.size(), form.size) == 1, "certificate");
}

#else

const std::vector<std::uint16_t>& compressions() {
    static const std::vector<std::uint16_t> none;
    return none;
}

void expect_compressed(SSL_CTX*, std::span<const std::uint16_t>) {}

CompressedCertificate compress_certificate(X509*, STACK_OF(X509) *, std::uint16_t) {
    return {};
}

void show_compressed(SSL*, const CompressedCertificate&, std::uint16_t) {}

#endif

bool remembers_decoders() {
    return OPENSSL_VERSION_PREREQ(3, 2);
}

}  // namespace bascule::tls
