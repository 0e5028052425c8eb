#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace bascule::tls {

/// The alerts that the proxy itself sends (RFC 8446 section 6.2).
enum class Alert : std::uint8_t {
    unexpected_message = 10,
    record_overflow = 22,
    handshake_failure = 40,
    bad_certificate = 42,
    certificate_revoked = 44,
    certificate_expired = 45,
    illegal_parameter = 47,
    unknown_ca = 48,
    access_denied = 49,
    decode_error = 50,
    protocol_version = 70,
    internal_error = 80,
    missing_extension = 109,
    unrecognized_name = 112,
};

/// "unknown_ca"; "200" where the number has no name.
std::string alert_name(std::uint8_t number);

/// A fatal alert as a plain record: the answer to a ClientHello before any key is agreed on.
Bytes fatal_alert(std::uint8_t number);

/// The alert that tells a client what is wrong with the origin's certificate, by OpenSSL's X509_V_ERR code.
Alert alert_for_verification(int code);

/// What an alert from a client that was shown a forged leaf most likely means, and what to do (`ca_file` is what it
/// would have to trust), for a person; empty: nothing special.
std::string likely_meaning_of_client_alert(std::uint8_t number, std::string_view ca_file);

}  // namespace bascule::tls
