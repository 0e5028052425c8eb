#include "tls/alert.h"

#include "tls/verify/verify_detail.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <utility>

namespace bascule::tls {
namespace {

/// IANA "TLS Alerts".
constexpr std::array<std::pair<std::uint8_t, std::string_view>, 34> kNames{{
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
}};

}  // namespace

std::string alert_name(std::uint8_t number) {
    const auto found = std::ranges::find(kNames, number, [](const auto& entry) { return entry.first; });
    return found != kNames.end() ? std::string(found->second) : std::to_string(number);
}

Bytes fatal_alert(std::uint8_t number) {
    return {21, 3, 3, 0, 2, 2, number};  // RFC 8446 section 5.1: type alert, version, length; level fatal
}

Alert alert_for_verification(int code) {
    switch (code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return Alert::certificate_expired;
        case X509_V_ERR_CERT_REVOKED:
            return Alert::certificate_revoked;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_INVALID_CA:
        case X509_V_ERR_CERT_UNTRUSTED:
        case kFaultOwnAuthority:
            return Alert::unknown_ca;
        default:
            return Alert::bad_certificate;
    }
}

std::string likely_meaning_of_client_alert(std::uint8_t number, std::string_view ca_file) {
    switch (number) {
        case 42:
        case 46:
        case 48:
        case 44:
        case 43:
            return fmt::format(
                "the client does not trust this CA, or pins its own; install {} on it, or, if it pins, passthrough "
                "this name",
                ca_file);
        case 45:
            return "the client finds the certificate expired; is its clock right?";
        case 70:
        case 71:
            return "the client does not accept the TLS version or the strength offered";
        default:
            return {};
    }
}

}  // namespace bascule::tls
