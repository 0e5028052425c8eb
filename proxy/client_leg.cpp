#include "proxy/client_leg.h"

#include "proxy/upstream_leg.h"
#include "tls/alert.h"
#include "tls/hash_fields.h"

namespace bascule::proxy {
namespace {

using Kind = tls::HandshakeResult::Kind;

// How often a connection looks for a large RSA key that is being made.
constexpr Duration kLookForKey = std::chrono::milliseconds(20);

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

/// Where a ticket may be shown again: for the same name at the same listener, under the same policy and CA. It is the
/// same on every host that has these.
tls::Digest realm_of(const Connection& connection) {
    tls::Sha256 hash;
    hash.add(connection.policy->upstream_for(*connection.settings).digest());
    tls::add_text(hash, connection.policy->authority_for(*connection.settings)->fingerprint());
    tls::add_text(hash, connection.listener->name);
    tls::add_text(hash, connection.server_name);
    return hash.finish();
}

std::unique_ptr<tls::Session> client_session(Connection& connection, std::shared_ptr<const tls::Leaf> leaf) {
    const auto& limits = connection.policy->config().limits;
    const auto& answer = connection.answer;
    auto session = std::make_unique<tls::Session>(connection.services.shared.client_leg.for_answer(answer),
                                                  tls::Session::Role::server);
    session->show_leaf(std::move(leaf));
    session->set_realm(realm_of(connection));
    session->answer_alpn(connection.record.alpn);
    session->at_most(answer.version);  // no stronger face than the origin's
    if (const auto suite = tls::ClientLegContexts::only_suite(answer); !suite.empty()) {
        session->at_least(answer.version);
        session->answer_only(suite.c_str());
    }
    connection.log_keys(*session, connection.client_keys, "client");
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

}  // namespace

net::Task<void> shake_hands_with_client(Connection& connection) {
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

}  // namespace bascule::proxy
