#pragma once

#include "base/bytes.h"
#include "base/duration.h"
#include "tls/handles.h"

#include <cstdint>
#include <string_view>

namespace bascule::tls {

/// What an OCSP answer (RFC 6960) comes to, stapled or asked for. Pure: the same octets, certificates and time give the
/// same.
struct Staple {
    enum class Status : std::uint8_t {
        none,  ///< there is none, or it says that the responder could not answer
        good,
        revoked,
        unknown,  ///< the responder does not know the certificate
        expired,  ///< it is not (or no longer) of its time
        invalid,  ///< unreadable, about another certificate, or not signed by who may
    } status = Status::none;
    WallTime until{};        ///< good, revoked: of how long that holds
    const char* fault = "";  ///< invalid: what is wrong with it
};

/// "good", "revoked"...; empty for none.
std::string_view name_of(Staple::Status status);

/// `issuer` is the one of `leaf`, whose signature on it has been verified. An answer is signed by it, or by a responder
/// that it has certified for OCSP signing, with SHA-2; it holds from thisUpdate to nextUpdate, or for a day where that
/// is missing, give or take five minutes of the clocks.
Staple judge_ocsp_answer(ByteView answer, X509* leaf, X509* issuer, WallTime now);

/// The question about `leaf` in DER, with the SHA-1 names that responders know (RFC 5019 section 2.1.1), and without a
/// nonce, so that they can answer from a cache.
Bytes ocsp_request(X509* leaf, X509* issuer);

/// Whether the certificate promises a staple (RFC 7633: the TLS feature status_request).
bool must_staple(X509* leaf);

}  // namespace bascule::tls
