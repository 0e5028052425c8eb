#include "proxy/starttls/starttls.h"

#include "proxy/claim/claim.h"
#include "proxy/http/watch.h"
#include "proxy/inspected_relay.h"
#include "proxy/intercept.h"
#include "proxy/opening.h"
#include "proxy/passthrough.h"
#include "proxy/reach.h"
#include "proxy/relaying.h"
#include "proxy/starttls/watched_beginning.h"
#include "proxy/tap/content_tap.h"

namespace bascule::proxy {
namespace {

std::optional<config::StartTls> dialect_of(const Connection& connection) {
    return connection.settings->starttls ? connection.settings->starttls : connection.listener->starttls;
}

enum class Beginning : std::uint8_t { none, agreed, found, found_reversed };

/// Relays until both sides have ended, or TLS begins.
net::Task<Beginning> relay_in_the_clear(Connection& connection, std::optional<config::StartTls> dialect,
                                        net::Tap* tap) {
    const bool detect = connection.verdict.action == rules::Action::intercept;
    WatchedBeginning watcher(connection.loop, dialect, detect, connection.policy->config().timeouts);
    co_await relay_streams(connection, *connection.client, *connection.upstream, tap, &watcher);
    if (!connection.traffic.stopped) co_return Beginning::none;
    if (watcher.agreed()) co_return Beginning::agreed;
    co_return watcher.found_up() ? Beginning::found : Beginning::found_reversed;
}

/// From here on `client` is who begins the handshake.
void turn_around(Connection& connection) {
    std::swap(connection.client, connection.upstream);
    std::swap(connection.traffic.up, connection.traffic.down);
    connection.reversed = true;
    connection.server_name = connection.source.ip.text();  // unless the hello brings a name
}

/// A server has nothing to say between its go-ahead and the ClientHello. A client that took it for a part of the
/// session would believe whoever can write into the clear (CVE-2011-0411 and its kin).
void refuse_early_words(Connection& connection) {
    bool spoke = false;
    connection.upstream->pull([&](ByteView) { spoke = true; });
    if (!spoke) return;
    throw Ended(
        By::upstream, How::error,
        "the server said more in the clear before TLS began (injected responses?); nothing of it was passed on");
}

std::string reason_for(Beginning beginning, std::optional<config::StartTls> dialect) {
    switch (beginning) {
        case Beginning::agreed:
            return fmt::format("starttls: {}", config::name_of(*dialect));
        case Beginning::found_reversed:
            return "starttls: detected, the upstream is the TLS client";
        default:
            return "starttls: detected";
    }
}

/// The same connection, from the ClientHello on, as if it had begun with it.
net::Task<void> serve_tls(Connection& connection) {
    co_await read_hello(connection);
    refuse_early_words(connection);
    co_await decide(connection);
    co_await settle_verdict(connection);
    if (connection.verdict.action == rules::Action::intercept) {
        co_await intercept(connection);
    } else {
        co_await passthrough(connection);
    }
}

}  // namespace

bool waits_for_greeting(const Connection& connection) {
    const auto dialect = dialect_of(connection);
    return dialect && server_speaks_first(*dialect);
}

net::Task<void> serve_in_the_clear(Connection& connection) {
    const auto dialect = dialect_of(connection);
    if (!dialect && connection.verdict.action != rules::Action::intercept) {
        co_await passthrough(connection);
        co_return;
    }
    refuse_unasked(connection);
    connection.awaits = Awaits::nothing;
    tap_content(connection);
    if (connection.protocol == rules::Protocol::http && !dialect && is_inspected(connection)) {
        co_await relay_inspected(connection, *connection.client, *connection.upstream);
        if (!connection.traffic.stopped) co_return;
    }
    const auto beginning = co_await relay_in_the_clear(connection, dialect, connection.content.get());
    if (beginning == Beginning::none) co_return;
    connection.began_in_the_clear = true;
    connection.record.reason = reason_for(beginning, dialect);
    if (beginning == Beginning::found_reversed) turn_around(connection);
    co_await serve_tls(connection);
}

}  // namespace bascule::proxy
