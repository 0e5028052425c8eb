#include "proxy/advice.h"

#include "base/text.h"
#include "tls/alert.h"

#include <algorithm>
#include <array>

namespace bascule::proxy {
namespace {

constexpr std::string_view kTryLegacy = "for an origin as old as this write upstream: {legacy: true} in a rule";

/// What an origin that said no TLS seems to be.
std::string what_it_is(std::string_view said) {
    if (said.starts_with("HTTP/")) return "that is plain HTTP; is it a port of http:// URLs?";
    if (said.starts_with("SSH-")) return "that is SSH";
    if (said.starts_with("220"))
        return "so SMTP and FTP servers greet; for TLS that begins later write starttls: smtp (or ftp)";
    if (said.starts_with("* OK")) return "so IMAP servers greet; for TLS that begins later write starttls: imap";
    if (said.starts_with("+OK")) return "so POP3 servers greet; for TLS that begins later write starttls: pop3";
    return "that is no TLS";
}

/// Of protocol_version (RFC 8446 section 6.2).
std::string why_no_version(const Connection& connection) {
    constexpr std::uint16_t tls12 = 0x0303, tls11 = 0x0302;
    const auto& upstream = *connection.settings->upstream;
    const auto* hello = connection.hello.get();
    if (hello && hello->offers(tls12) && upstream.minimum_version == config::TlsVersion::tls13) {
        return "it does not speak TLSv1.3, and upstream.minimum_version forbids what is older";
    }
    if (hello && hello->offers(tls11) && !upstream.legacy) {
        return fmt::format("it speaks nothing newer than TLSv1.1; {}", kTryLegacy);
    }
    return "it speaks no version of TLS that the client offers";
}

std::string why_no_handshake(const Connection& connection) {
    if (connection.upstream_tls->session().certificate_requested()) {
        return "it wants a client certificate, and we show none; passthrough this name";
    }
    if (connection.relaying) return {};
    constexpr std::string_view nothing_shared = "it shares no cipher suite or group with the client and us";
    if (connection.settings->upstream->legacy) return std::string(nothing_shared);
    return fmt::format("{}; {}", nothing_shared, kTryLegacy);
}

}  // namespace

std::string advice_on_certificate(int fault) {
    constexpr std::string_view let_clients_judge =
        "for clients that are to judge it themselves write upstream: {verify: mirror} in a rule for this host";
    switch (fault) {
        case tls::kFaultOwnAuthority:
            return "is there another proxy on the way? Give it a CA of its own";
        case X509_V_ERR_CRL_HAS_EXPIRED:
        case X509_V_ERR_CRL_NOT_YET_VALID:
        case X509_V_ERR_CRL_SIGNATURE_FAILURE:
            return "fetch the list anew, and reload";
        default:
            break;
    }
    switch (tls::alert_for_verification(fault)) {
        case tls::Alert::certificate_expired:
            return fmt::format("renew it there; {}", let_clients_judge);
        case tls::Alert::unknown_ca:
            return fmt::format("add its CA to upstream.trust; {}", let_clients_judge);
        default:
            return fmt::format("replace it there; {}", let_clients_judge);
    }
}

std::string meaning_of_origin_alert(const Connection& connection, std::uint8_t alert) {
    constexpr std::uint8_t bad_certificate = 42, insufficient_security = 71, certificate_required = 116,
                           no_application_protocol = 120;
    switch (alert) {
        case static_cast<std::uint8_t>(tls::Alert::handshake_failure):
            return why_no_handshake(connection);
        case bad_certificate:
        case certificate_required:
            return "it wants a client certificate, and we show none; passthrough this name";
        case static_cast<std::uint8_t>(tls::Alert::protocol_version):
            return why_no_version(connection);
        case insufficient_security:
            return "it does not accept the strength that the client offers";
        case static_cast<std::uint8_t>(tls::Alert::unrecognized_name):
            return "it does not know this server name";
        case no_application_protocol:
            return "it knows none of the protocols that the client offered by ALPN";
        default:
            return {};
    }
}

std::string meaning_of_failure(const Connection& connection, const tls::Failure& failure) {
    if (!failure.said.empty()) {
        return fmt::format("{} does not answer in TLS: it says \"{}\"; {}", connection.record.destination,
                           escape(failure.said), what_it_is(failure.said));
    }
    constexpr std::array<std::string_view, 4> cured_by_legacy{
        "unsupported protocol", "unsafe legacy renegotiation disabled", "dh key too small", "wrong signature type"};
    const bool legacy = connection.settings->upstream->legacy;
    if (!failure.weak_choice.empty() && !legacy) {
        return fmt::format("{} chose {}, which is not allowed; {}", connection.record.destination, failure.weak_choice,
                           kTryLegacy);
    }
    const bool old = std::ranges::any_of(cured_by_legacy, [&](auto word) { return failure.text.contains(word); });
    return fmt::format("{} does not speak TLS as it should: {}{}", connection.record.destination, failure.text,
                       old && !legacy ? fmt::format("; {}", kTryLegacy) : std::string());
}

}  // namespace bascule::proxy
