#include "proxy/intercept.h"

#include "proxy/content_tap.h"
#include "proxy/relaying.h"
#include "tls/alert.h"
#include "tls/fingerprint.h"

namespace bascule::proxy {
namespace {

using Kind = tls::HandshakeResult::Kind;

// How often a connection looks for a large RSA key that is being made.
constexpr Duration kLookForKey = std::chrono::milliseconds(20);

inspect::TlsFacts facts_of(tls::Negotiated agreed) {
    return {.version = std::move(agreed.version),
            .cipher = std::move(agreed.cipher),
            .group = std::move(agreed.group),
            .resumed = agreed.resumed};
}

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

// noinline, this and the next: the compiler would lay the frame of the handshake into intercept's own, where it would
// take 1.6 KB for as long as the connection is relayed.
[[gnu::noinline]] net::Task<void> shake_hands_upstream(Connection& connection) {
    connection.upstream_tls =
        std::make_unique<tls::TlsStream>(connection.loop, *connection.upstream, upstream_session(connection));
    const auto result =
        co_await connection.during(inspect::Step::upstream_handshake, connection.timeouts().handshake,
                                   &connection.record.timings.upstream_handshake, connection.upstream_tls->handshake());
    auto& session = connection.upstream_tls->session();
    note_certificate(connection, session);
    if (result.kind != Kind::done) throw_upstream_failure(connection, result);
    auto agreed = session.negotiated();
    connection.record.alpn = agreed.alpn;
    connection.record.upstream_tls = facts_of(std::move(agreed));
}

net::Task<std::shared_ptr<const tls::Leaf>> leaf_for(Connection& connection) {
    const auto& ca = *connection.settings->ca;
    const tls::LeafRequest request{.authority = connection.policy->authority_for(*connection.settings),
                                   .origin = connection.upstream_tls->session().peer_certificate(),
                                   .server_name = connection.server_name,
                                   .add_server_name = connection.settings->upstream->verify == config::Verify::off,
                                   .key = static_cast<tls::LeafKeyPolicy>(ca.leaf_key),
                                   .lifetime = ca.leaf_lifetime};
    while (!tls::leaf_key_ready(request.key, request.origin)) {
        co_await connection.loop.sleep_for(kLookForKey);
    }
    auto leaf = co_await connection.services.shared.leaves.get(request);
    co_return leaf;
}

std::unique_ptr<tls::Session> client_session(Connection& connection, std::shared_ptr<const tls::Leaf> leaf) {
    const auto& limits = connection.policy->config().limits;
    auto session = std::make_unique<tls::Session>(connection.policy->client_leg(), tls::Session::Role::server);
    session->show_leaf(std::move(leaf));
    session->answer_alpn(connection.record.alpn);
    session->at_most(connection.upstream_tls->session().version());  // no stronger face than the origin's
    session->limit(limits.renegotiations_per_minute, limits.key_updates_per_minute);
    return session;
}

[[noreturn]] void throw_client_failure(const Connection& connection, const tls::HandshakeResult& result) {
    if (result.kind == Kind::ended) {
        throw Ended(
            By::client, How::client_gone,
            "the client closed the connection during our handshake, without an alert; it may not trust this CA");
    }
    if (result.kind == Kind::alert) {
        const auto meaning =
            tls::likely_meaning_of_client_alert(result.alert, connection.settings->ca->certificate.value);
        const auto times = connection.services.shared.refusals.add(connection.server_name);
        throw Ended(By::client, How::alert,
                    fmt::format("the client refused our certificate for {} (alert {}){}{}{}", connection.server_name,
                                tls::alert_name(result.alert), meaning.empty() ? "" : ": ", meaning,
                                times > 1 ? fmt::format("; {} times for this name", times) : ""));
    }
    throw Ended(By::client, How::error, fmt::format("the handshake with the client failed: {}", result.text));
}

[[gnu::noinline]] net::Task<void> shake_hands_with_client(Connection& connection) {
    auto leaf = co_await connection.during(inspect::Step::client_handshake, connection.timeouts().handshake, nullptr,
                                           leaf_for(connection));
    if (connection.record.certificate) connection.record.certificate->forged_serial = leaf->serial;
    connection.client_tls = std::make_unique<tls::TlsStream>(connection.loop, *connection.client,
                                                             client_session(connection, std::move(leaf)));
    connection.awaits = Awaits::nothing;  // from here on OpenSSL sends the alerts
    const auto result =
        co_await connection.during(inspect::Step::client_handshake, connection.timeouts().handshake,
                                   &connection.record.timings.client_handshake, connection.client_tls->handshake());
    if (result.kind != Kind::done) throw_client_failure(connection, result);
    connection.record.client_tls = facts_of(connection.client_tls->session().negotiated());
}

}  // namespace

net::Task<void> intercept(Connection& connection) {
    if (connection.services.shared.log.wants_records()) {
        connection.record.upstream_ja4 =
            tls::upstream_ja4(connection.policy->upstream_for(*connection.settings).get(), *connection.hello);
    }
    co_await shake_hands_upstream(connection);
    co_await shake_hands_with_client(connection);
    connection.hello.reset();
    auto tap = make_content_tap(connection);
    co_await relay_streams(connection, *connection.client_tls, *connection.upstream_tls, tap.get());
}

}  // namespace bascule::proxy
