#include "proxy/upstream_leg.h"

#include "proxy/client_leg.h"
#include "tls/alert.h"
#include "tls/fingerprint.h"

namespace bascule::proxy {
namespace {

using Kind = tls::HandshakeResult::Kind;

void note_certificate(Connection& connection, const tls::Session& session) {
    X509* certificate = session.refused_certificate() ? session.refused_certificate() : session.peer_certificate();
    if (!certificate || !connection.services.shared.log.wants_records()) return;
    auto text = tls::describe(certificate);
    connection.record.certificate = inspect::CertificateFacts{.fingerprint = std::move(text.fingerprint),
                                                              .subject = std::move(text.subject),
                                                              .issuer = std::move(text.issuer),
                                                              .not_after = std::move(text.not_after),
                                                              .verify = session.verification().word,
                                                              .forged_serial = {}};
}

std::unique_ptr<tls::Session> upstream_session(Connection& connection) {
    const auto& hello = *connection.hello;
    auto session = std::make_unique<tls::Session>(connection.policy->upstream_for(*connection.settings).get(),
                                                  tls::Session::Role::client);
    if (!hello.server_name.empty()) session->offer_server_name(connection.server_name);
    session->offer_alpn(hello.alpn);
    if (!hello.offers(TLS1_3_VERSION)) {
        session->at_most(TLS1_2_VERSION);
    } else if (!hello.offers(TLS1_2_VERSION)) {
        session->at_least(TLS1_3_VERSION);
    }
    session->expect_name(connection.server_name);
    session->limit(UINT32_MAX, UINT32_MAX);  // the limits are for what clients start
    return session;
}

/// What to do about an origin whose certificate is not accepted.
std::string_view advice_for(tls::Alert alert) {
    switch (alert) {
        case tls::Alert::certificate_expired:
            return "renew it there, or for this host: upstream: {verify: off}";
        case tls::Alert::unknown_ca:
            return "add its CA to upstream.trust, or for this host: upstream: {verify: off}";
        default:
            return "replace it there, or for this host: upstream: {verify: off}";
    }
}

/// Why the origin's handshake failed, as the ending that the client is told.
[[noreturn]] void throw_upstream_failure(Connection& connection, const tls::HandshakeResult& result) {
    const auto& verification = connection.upstream_tls->session().verification();
    if (result.kind == Kind::ended) {
        const bool reset = connection.upstream_tls->ending() == net::Ending::reset;
        throw Ended(By::upstream, reset ? How::reset : How::truncated,
                    fmt::format("{} {} during its TLS handshake", connection.record.destination,
                                reset ? "reset the connection" : "closed the connection"));
    }
    if (result.kind == Kind::alert) {
        const auto meaning = tls::likely_meaning_of_origin_alert(result.alert);
        throw Ended(By::upstream, How::alert,
                    fmt::format("the origin refused the handshake (alert {}){}{}", tls::alert_name(result.alert),
                                meaning.empty() ? "" : ": ", meaning))
            .with_alert(result.alert);
    }
    if (connection.upstream_tls->session().refused_certificate()) {
        const auto alert = tls::alert_for_verification(verification.code);
        throw Ended(By::proxy, How::unverified, fmt::format("{}; {}", verification.detail, advice_for(alert)))
            .with_alert(static_cast<std::uint8_t>(alert));
    }
    throw Ended(By::upstream, How::error,
                fmt::format("{} does not speak TLS as it should: {}", connection.record.destination, result.text));
}

[[noreturn]] void throw_unknown_group(const Connection& connection) {
    throw Ended(
        By::proxy, How::error,
        fmt::format("{} exchanges keys over a Diffie-Hellman group of its own, which may be no group at all; let "
                    "it use ECDHE, or one of RFC 7919",
                    connection.record.destination));
}

}  // namespace

inspect::TlsFacts facts_of(tls::Negotiated agreed) {
    return {.version = std::move(agreed.version),
            .cipher = std::move(agreed.cipher),
            .group = std::move(agreed.group),
            .resumed = agreed.resumed};
}

// Declared noinline, as the client's: the compiler would lay the frame of the handshake into intercept's own, where it
// would take 1.6 KB for as long as the connection is relayed.
net::Task<void> shake_hands_upstream(Connection& connection) {
    if (connection.services.shared.log.wants_records()) {
        connection.record.upstream_ja4 =
            tls::upstream_ja4(connection.policy->upstream_for(*connection.settings).get(), *connection.hello);
    }
    connection.upstream_tls =
        std::make_unique<tls::TlsStream>(connection.loop, *connection.upstream, upstream_session(connection));
    const auto result =
        co_await connection.during(inspect::Step::upstream_handshake, connection.timeouts().handshake,
                                   &connection.record.timings.upstream_handshake, connection.upstream_tls->handshake());
    auto& session = connection.upstream_tls->session();
    note_certificate(connection, session);
    if (result.kind != Kind::done) throw_upstream_failure(connection, result);
    if (session.has_unknown_group()) throw_unknown_group(connection);
    if (shows_fault(connection)) connection.record.reason = "verify: mirror: " + session.verification().detail;
    auto agreed = session.negotiated();
    connection.record.alpn = agreed.alpn;
    connection.record.upstream_tls = facts_of(std::move(agreed));
}

}  // namespace bascule::proxy
