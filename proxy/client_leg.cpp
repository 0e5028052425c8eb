#include "proxy/client_leg.h"

#include "proxy/learn/lessons.h"
#include "proxy/upstream_leg.h"
#include "tls/alert.h"
#include "tls/hash_fields.h"
#include "tls/hello/offer.h"
#include "tls/leaf/distrusted.h"
#include "tls/leaf/no_origin.h"
#include "tls/signer/signer_channel.h"
#include "tls/x509/certificate.h"

namespace bascule::proxy {
namespace {

using Kind = tls::HandshakeResult::Kind;

/// A fault that is not all in the leaf's dates and names is shown by a signature that nobody trusts.
std::shared_ptr<const tls::Authority> authority_for(const Connection& connection) {
    if (shows_fault(connection)) {
        const auto& verification = connection.upstream_tls->session().verification();
        if (!verification.in_leaf_alone) return tls::distrusted_authority(verification.word);
    }
    return connection.policy->authority_for(*connection.settings);
}

/// Nothing of the origin's where the client is to be told by a page that there is none.
X509* origin_of(const Connection& connection) {
    return connection.upstream_tls ? connection.upstream_tls->session().peer_certificate() : tls::no_origin();
}

/// Never where a fault is to be shown: it would hide it.
std::shared_ptr<const tls::Leaf> own_certificate(const Connection& connection) {
    if (shows_fault(connection)) return nullptr;
    return connection.policy->own_certificates().find(connection.server_name);
}

net::Task<std::shared_ptr<const tls::Leaf>> leaf_for(Connection& connection) {
    if (auto own = own_certificate(connection)) co_return own;
    const auto& ca = *connection.settings->ca;
    const tls::LeafRequest request{
        .authority = authority_for(connection),
        .origin = origin_of(connection),
        .server_name = connection.server_name,
        .add_server_name = !connection.upstream_tls || connection.settings->upstream->verify == config::Verify::off,
        .show_fault = shows_fault(connection),
        .key = static_cast<tls::LeafKeyPolicy>(ca.leaf_key),
        .client = connection.hello.get(),
        .lifetime = ca.leaf_lifetime,
        .loop = &connection.loop};
    try {
        auto leaf = co_await connection.services.shared.leaves.get(request);
        co_return leaf;
    } catch (const tls::SignerBusy& busy) {
        throw Ended(By::proxy, How::limit, busy.what());
    }
}

/// Where a ticket may be shown again: for the same name at the same listener, under the same policy and CA. It is the
/// same on every host that has these.
tls::Digest realm_of(const Connection& connection) {
    tls::Sha256 hash;
    hash.add(connection.policy->upstream_for(*connection.settings).digest());
    tls::add_text(hash, connection.policy->authority_for(*connection.settings)->fingerprint());
    tls::add_text(hash, connection.listener->name);
    tls::add_text(hash, connection.server_name);
    if (const auto own = own_certificate(connection)) hash.add(tls::digest_of(own->certificate.get()));
    if (const auto trust = connection.policy->client_certificates().asked_by(*connection.listener)) {
        hash.add(trust->digest());
    }
    return hash.finish();
}

std::unique_ptr<tls::Session> client_session(Connection& connection, std::shared_ptr<const tls::Leaf> leaf) {
    const auto& limits = connection.policy->config().limits;
    const auto& answer = connection.answer;
    auto session = std::make_unique<tls::Session>(connection.services.shared.client_leg.for_answer(answer),
                                                  tls::Session::Role::server);
    session->show_leaf(std::move(leaf));
    session->compress_leaf(tls::known_compressions(*connection.hello));
    session->set_realm(realm_of(connection));
    // The client is to judge a fault each time, and to remember nothing of a page's.
    if (shows_fault(connection) || !connection.upstream_tls) session->refuse_resumption();
    session->answer_alpn(connection.record.alpn);
    // No stronger face than the origin's. A client that did not offer TLS 1.3 gets none anyway; with the bound left
    // open OpenSSL says in its random that there would have been one (RFC 8446 section 4.1.3), so that a client whose
    // offer somebody took out of the hello finds out.
    if (answer.version != TLS1_2_VERSION || connection.hello->offers(TLS1_3_VERSION)) session->at_most(answer.version);
    if (const auto suites = tls::ClientLegContexts::legacy_suites(answer); !suites.empty()) {
        session->at_least(answer.version);
        session->answer_by(suites.c_str());
    }
    connection.log_keys(*session, connection.client_keys, "client");
    if (auto trust = connection.policy->client_certificates().asked_by(*connection.listener)) {
        session->ask_for_certificate(std::move(trust));
    }
    session->limit(limits.renegotiations_per_minute, limits.key_updates_per_minute);
    return session;
}

/// The client was shown what is wrong with the origin: that it leaves is no surprise.
[[noreturn]] void throw_fault_refused(const Connection& connection, const tls::HandshakeResult& result) {
    const bool alert = result.kind == Kind::alert;
    throw Ended(By::client, alert ? How::alert : How::client_gone,
                fmt::format("the client {} the origin's fault, which verify: mirror shows it{}: {}",
                            alert ? "refused" : "left over",
                            alert ? fmt::format(" (alert {})", tls::alert_name(result.alert)) : "",
                            connection.upstream_tls->session().verification().detail));
}

/// For a listener that asks clients for a certificate. The alert is sent; returns where something else went wrong.
void throw_if_client_unverified(const Connection& connection) {
    const auto& session = connection.client_tls->session();
    if (auto* refused = session.refused_certificate()) {
        const auto text = tls::describe(refused);
        throw Ended(
            By::proxy, How::unverified,
            fmt::format("the client's certificate is not accepted by listener {} (client_ca): {}; subject {}, "
                        "issuer {}, until {:.10}",
                        connection.listener->name, session.client_fault(), text.subject, text.issuer, text.not_after));
    }
    if (session.lacks_certificate()) {
        throw Ended(By::proxy, How::unverified,
                    fmt::format("the client showed no certificate, and listener {} asks for one (client_ca)",
                                connection.listener->name));
    }
}

void note_client_certificate(Connection& connection) {
    X509* certificate = connection.client_tls->session().peer_certificate();
    if (!certificate || !connection.services.shared.log.wants_records()) return;
    auto text = tls::describe(certificate);
    connection.record.client_certificate = inspect::ClientCertificateFacts{.fingerprint = std::move(text.fingerprint),
                                                                           .subject = std::move(text.subject),
                                                                           .issuer = std::move(text.issuer),
                                                                           .not_after = std::move(text.not_after)};
}

[[noreturn]] void throw_client_failure(Connection& connection, const tls::HandshakeResult& result) {
    if (shows_fault(connection) && result.kind != Kind::failed) throw_fault_refused(connection, result);
    if (result.kind == Kind::ended) {
        const bool seen = connection.client_tls->session().certificate_sent();
        throw Ended(
            By::client, How::client_gone,
            "the client closed the connection during our handshake, without an alert; it may not trust this CA" +
                (seen ? note_refusal(connection, std::nullopt) : std::string()));
    }
    if (result.kind == Kind::alert) {
        const auto meaning =
            own_certificate(connection)
                ? "it is one of one's own (certificates), and not forged"
                : tls::likely_meaning_of_client_alert(result.alert, connection.settings->ca->certificate.value);
        throw Ended(By::client, How::alert,
                    fmt::format("the client refused our certificate for {} (alert {}){}{}{}", connection.server_name,
                                tls::alert_name(result.alert), meaning.empty() ? "" : ": ", meaning,
                                note_refusal(connection, result.alert)));
    }
    if (connection.listener->client_ca) throw_if_client_unverified(connection);
    throw Ended(By::client, How::error, fmt::format("the handshake with the client failed: {}", result.text));
}

}  // namespace

bool shows_fault(const Connection& connection) {
    return connection.settings->upstream->verify == config::Verify::mirror && connection.upstream_tls &&
           !connection.upstream_tls->session().verification().ok();
}

net::Task<void> shake_hands_with_client(Connection& connection) {
    auto leaf = co_await connection.during(inspect::Step::client_handshake,
                                           {connection.timeouts().handshake, "timeouts.handshake"}, nullptr,
                                           leaf_for(connection));
    if (connection.record.certificate) connection.record.certificate->forged_serial = leaf->serial;
    if (!leaf->stands_in.empty()) {
        connection.add_reason("the leaf's key is " + leaf->stands_in);
    }
    connection.client_tls = std::make_unique<tls::TlsStream>(connection.loop, *connection.client,
                                                             client_session(connection, std::move(leaf)));
    connection.awaits = Awaits::nothing;  // from here on OpenSSL sends the alerts
    const auto result = co_await connection.during(
        inspect::Step::client_handshake, {connection.timeouts().handshake, "timeouts.handshake"},
        &connection.record.timings.client_handshake, connection.client_tls->handshake());
    if (result.kind != Kind::done) throw_client_failure(connection, result);
    note_client_certificate(connection);
    connection.record.client_tls = facts_of(connection.client_tls->session().negotiated());
}

}  // namespace bascule::proxy
