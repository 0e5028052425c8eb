#include "proxy/claim/claim.h"

#include "net/dial.h"
#include "net/task/deadline.h"
#include "proxy/fetch/issuers.h"
#include "proxy/fetch/statuses.h"
#include "proxy/learn/lessons.h"
#include "tls/alert.h"
#include "tls/hash_fields.h"

namespace bascule::proxy {
namespace {

using Kind = tls::HandshakeResult::Kind;

bool hello_has_name(const Connection& connection) {
    return !connection.hello->server_name.empty();
}

/// The name that CONNECT or SOCKS asked for; nothing where it was an address, or in the other modes.
std::optional<std::string> name_asked_for(const Connection& connection) {
    const bool named = connection.listener->mode == config::Mode::explicit_proxy && !connection.target_address;
    return named ? std::optional(connection.target.host) : std::nullopt;
}

/// What the verdict depends on: a name that is not in the hello is not asked for by it either.
tls::Digest identity_of(const Connection& connection) {
    tls::Sha256 hash;
    hash.add(connection.policy->upstream_for(*connection.settings).digest());
    tls::add_text(hash, connection.connected->text());
    tls::add_text(hash, connection.server_name);
    tls::add_number(hash, hello_has_name(connection));
    return hash.finish();
}

/// Nothing in it is the client's: its hello could be made to fail, and the verdict is for others too. So there is no
/// ALPN either.
const tls::ClientHello& our_hello() {
    static const tls::ClientHello hello = [] {
        tls::ClientHello made;
        made.versions = {TLS1_3_VERSION, TLS1_2_VERSION, TLS1_1_VERSION,
                         TLS1_VERSION};  // down to what the policy allows
        made.extensions = {TLSEXT_TYPE_status_request, TLSEXT_TYPE_encrypt_then_mac,
                           TLSEXT_TYPE_extended_master_secret};
        return made;
    }();
    return hello;
}

std::unique_ptr<tls::Session> probing_session(const Connection& connection) {
    const auto shape =
        connection.policy->upstream_for(*connection.settings).shape_for(our_hello(), {.for_status = true});
    auto session = std::make_unique<tls::Session>(shape.context.get(), tls::Session::Role::client);
    if (hello_has_name(connection)) session->offer_server_name(connection.server_name);
    session->expect_name(connection.server_name);
    return session;
}

/// An origin that refuses us after it has shown who it is, because it wants a certificate of ours, has shown it.
ClaimVerdict judge(const tls::Session& session, const tls::HandshakeResult& result) {
    const auto& verification = session.verification();
    const bool came = !verification.word.empty();
    if (came && !verification.ok()) return {.holds = false, .detail = verification.detail};
    if (came && session.peer_proved_its_key()) return {.holds = true, .detail = {}};
    switch (result.kind) {
        case Kind::alert:
            return {.holds = false, .detail = fmt::format("alert {}", tls::alert_name(result.alert))};
        case Kind::ended:
            return {.holds = false, .detail = "it ended the handshake"};
        default:
            return {.holds = false, .detail = result.text};
    }
}

net::Task<ClaimVerdict> ask(const Connection& connection) {
    const auto& upstream = *connection.settings->upstream;
    auto dialed = co_await net::dial(
        connection.loop, {*connection.connected},
        {.bind = upstream.bind, .mark = upstream.mark, .attempt_delay = net::DialOptions{}.attempt_delay});
    if (auto* failure = std::get_if<net::DialFailure>(&dialed)) {
        co_return ClaimVerdict{.holds = false, .detail = std::move(failure->detail)};
    }
    auto& lower = *std::get<net::Dialed>(dialed).stream;
    tls::TlsStream stream(connection.loop, lower, probing_session(connection));
    const auto result = co_await handshake_with_issuers(connection, stream);
    if (result.kind == Kind::done && lacks_status(connection, stream.session())) {
        co_await settle_status(connection, stream.session());
    }
    auto verdict = judge(stream.session(), result);
    stream.shutdown_write();
    co_return verdict;
}

/// Asks and remembers.
net::Task<ClaimVerdict> ask_by(const Connection& connection, tls::Digest key) {
    auto verdict = co_await net::with_deadline(connection.loop, connection.loop.now() + connection.timeouts().handshake,
                                               ask(connection));
    if (!verdict) {
        verdict = ClaimVerdict{
            .holds = false,
            .detail = fmt::format("no answer within {}", format_duration(connection.timeouts().handshake))};
    }
    connection.services.shared.claims.put(key, *verdict, tls::steady_time());
    co_return std::move(*verdict);
}

/// Unless somebody has asked, or is about to.
net::Task<ClaimVerdict> verdict_on(const Connection& connection) {
    auto& services = connection.services;
    const auto key = identity_of(connection);
    const auto known = [&services, key] { return services.shared.claims.find(key, tls::steady_time()); };
    auto verdict = co_await net::ask_once<ClaimVerdict>(services.probes, services.loop, key, known,
                                                        [&] { return ask_by(connection, key); });
    co_return verdict;
}

void intercept_instead(Connection& connection, std::string_view why) {
    if (!connection.learned) connection.add_reason("the rule lets through by name");
    connection.record.reason += fmt::format(", but {}", why);
    connection.verdict.action = rules::Action::intercept;
}

}  // namespace

net::Task<void> settle_verdict(Connection& connection) {
    const bool seen = connection.verdict.action == rules::Action::intercept;
    const bool on_trust = seen ? apply_learned(connection) : rests_on_claim(connection);
    if (on_trust) co_await check_claim(connection);
}

void settle_plain_verdict(Connection& connection) {
    const auto& verdict = connection.verdict;
    if (connection.protocol != rules::Protocol::http || verdict.action != rules::Action::passthrough) return;
    if (!verdict.matched_name && !verdict.missed_name) return;
    const auto asked = name_asked_for(connection);
    const auto check = connection.settings->check;
    if (check == config::Check::none) return;
    if (check == config::Check::name && (!asked || *asked == connection.server_name)) return;
    intercept_instead(connection, "nothing vouches for a name in plain HTTP");
}

bool rests_on_claim(const Connection& connection) {
    if (connection.listener->client_ca) return false;  // nothing is let through there
    const bool by_client = hello_has_name(connection) || name_asked_for(connection);
    if (!by_client && connection.listener->mode == config::Mode::forward) return false;
    return connection.verdict.missed_name || (by_client && connection.verdict.matched_name);
}

net::Task<void> check_claim(Connection& connection) {
    const auto check = connection.settings->check;
    if (check == config::Check::none) co_return;
    const auto asked = name_asked_for(connection);
    if (asked && *asked != connection.server_name) {
        intercept_instead(connection, fmt::format("the client asked for {}, and its ClientHello names {}", *asked,
                                                  connection.server_name));
        co_return;
    }
    if (check == config::Check::name) co_return;
    if (connection.began_in_the_clear) {
        intercept_instead(connection,
                          fmt::format("{} cannot be asked for a certificate where TLS begins within another "
                                      "protocol; to let it through all the same, write check: name",
                                      connection.connected->text()));
        co_return;
    }
    // Whoever waits for another's handshake may have to make one after that; each of them has its own deadline.
    const auto verdict = co_await connection.during(
        inspect::Step::upstream_handshake,
        {2 * connection.timeouts().handshake + std::chrono::seconds(1), "timeouts.handshake"}, nullptr,
        verdict_on(connection));
    if (verdict.holds) co_return;
    intercept_instead(connection, fmt::format("{} did not show a certificate for {} ({})", connection.connected->text(),
                                              connection.server_name, verdict.detail));
}

}  // namespace bascule::proxy
