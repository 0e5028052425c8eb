#include "tls/session/extra_extensions.h"

#include "base/error.h"
#include "tls/openssl.h"
#include "tls/session/session.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>

namespace bascule::tls {
namespace {

using Octets = const unsigned char*;

// IANA "TLS ExtensionType Values".
constexpr unsigned kStatusRequestV2 = 17;             // RFC 6961
constexpr unsigned kSignedCertificateTimestamp = 18;  // RFC 6962 section 3.3.1
constexpr unsigned kRecordSizeLimit = 28;             // RFC 8449
constexpr unsigned kSignatureAlgorithmsCert = 50;     // RFC 8446 section 4.2.3
constexpr unsigned kInTls12 = SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO;

// ocsp_multi and ocsp, each without responders and extensions, as Java sends it.
constexpr std::array<unsigned char, 16> kBothStatuses{0, 14, 2, 0, 4, 0, 0, 0, 0, 1, 0, 4, 0, 0, 0, 0};
constexpr std::array<unsigned char, 2> kAnyRecord{0x40, 0x01};  // of TLS 1.3, and so of all

template <std::size_t N>
int send(Octets* out, std::size_t* size, const std::array<unsigned char, N>& body) {
    *out = body.data();
    *size = body.size();
    return 1;
}

int send_statuses(SSL*, unsigned, unsigned, Octets* out, std::size_t* size, X509*, std::size_t, int*, void*) {
    return send(out, size, kBothStatuses);
}

int send_limit(SSL*, unsigned, unsigned, Octets* out, std::size_t* size, X509*, std::size_t, int*, void*) {
    return send(out, size, kAnyRecord);
}

int send_schemes(SSL*, unsigned, unsigned, Octets* out, std::size_t* size, X509*, std::size_t, int*, void*) {
    *out = scheme_list().data();
    *size = scheme_list().size();
    return 1;
}

/// An answer that only the client would make something of.
int ignore(SSL*, unsigned, unsigned, Octets, std::size_t, X509*, std::size_t, int*, void*) {
    return 1;
}

int refuse(const SSL* ssl, const char* choice, int* alert, int number) noexcept try {
    *alert = number;
    Session::of(ssl).on_weak_choice(choice);
    return 0;
} catch (const std::exception&) {  // no memory: it is refused without a name
    ERR_clear_error();
    return 0;
}

int refuse_statuses(SSL* ssl, unsigned, unsigned, Octets, std::size_t, X509*, std::size_t, int* alert, void*) {
    return refuse(ssl, "to answer status_request_v2", alert, SSL_AD_UNSUPPORTED_EXTENSION);
}

/// The largest plaintext that the origin takes; in TLS 1.3 with the octet that tells its type.
int obey_limit(SSL* ssl, unsigned, unsigned where, Octets octets, std::size_t size, X509*, std::size_t, int* alert,
               void*) {
    const long limit = size == 2 ? octets[0] << 8 | octets[1] : 0;
    const long plain = limit - (where == SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS ? 1 : 0);
    const long most = std::min(plain, long{SSL3_RT_MAX_PLAIN_LENGTH});
    if (SSL_set_max_send_fragment(ssl, most) == 1) return 1;
    return refuse(ssl, "records too small for us", alert, SSL_AD_ILLEGAL_PARAMETER);
}

}  // namespace

void add_extra_extensions(SSL_CTX* context, const Offer& offer) {
    const auto add = [context](bool wanted, unsigned type, unsigned where, SSL_custom_ext_add_cb_ex send,
                               SSL_custom_ext_parse_cb_ex take) {
        const bool ok =
            !wanted || SSL_CTX_add_custom_ext(context, type, where, send, nullptr, nullptr, take, nullptr) == 1;
        require(ok, "an extension");
    };
    add(offer.signed_certificate_timestamp, kSignedCertificateTimestamp, kInTls12 | SSL_EXT_TLS1_3_CERTIFICATE, nullptr,
        ignore);
    add(offer.status_request_v2, kStatusRequestV2, kInTls12, send_statuses, refuse_statuses);
    add(offer.record_size_limit, kRecordSizeLimit, kInTls12 | SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS, send_limit,
        obey_limit);
    add(offer.signature_algorithms_cert, kSignatureAlgorithmsCert, SSL_EXT_CLIENT_HELLO, send_schemes, nullptr);
}

}  // namespace bascule::tls
