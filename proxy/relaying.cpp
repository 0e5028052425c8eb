#include "proxy/relaying.h"

#include "proxy/advice.h"
#include "proxy/http/watch.h"
#include "proxy/learn/lessons.h"
#include "tls/alert.h"

namespace bascule::proxy {
namespace {

How how_of(net::Ending ending) {
    switch (ending) {
        case net::Ending::close_notify:
            return How::close_notify;
        case net::Ending::fin:
            return How::fin;
        case net::Ending::truncated:
            return How::truncated;
        default:
            return How::reset;
    }
}

std::string detail_of(How how, By by) {
    switch (how) {
        case How::reset:
            return fmt::format("the {} reset the connection", inspect::name_of(by));
        case How::truncated:
            return fmt::format("the {} ended TCP without close_notify: octets may be missing", inspect::name_of(by));
        default:
            return {};
    }
}

/// Many clients of TLS 1.3 and HTTP/2, and some servers, just close TCP when all is said. No octet can be missing where
/// each HTTP message is whole, or where a client leaves to whom the origin had the last word.
bool nothing_is_missing(const Connection& connection) {
    const auto& traffic = connection.traffic;
    if (traffic.how != net::Ending::truncated) return false;
    const bool watched = connection.http_watch && connection.http_watch->all_whole();
    return watched || (traffic.by_first && traffic.was_answered);
}

/// A TLS failure in the middle of the relay: the peer's alert, our limit, or what OpenSSL found wrong.
Ended failure_of(const Connection& connection, tls::TlsStream& stream, By by, std::string_view learned) {
    const tls::Failure& failure = stream.session().failure();
    if (failure.limit) {
        return {By::proxy, How::limit, fmt::format("{} by the {} within a minute", failure.text, inspect::name_of(by))};
    }
    if (!failure.alert) return {by, How::error, failure.text};
    // With TLS 1.3 an origin says only now that it misses a client certificate (RFC 8446 section 4.4.2.4).
    const auto meaning = by == By::upstream ? meaning_of_origin_alert(connection, *failure.alert) : std::string();
    Ended ended(by, How::alert,
                fmt::format("the {} ended the session (alert {}){}{}{}", inspect::name_of(by),
                            tls::alert_name(*failure.alert), meaning.empty() ? "" : ": ", meaning, learned));
    if (by == By::upstream) ended.alert = failure.alert;
    return ended;
}

/// What the relay has come to. Throws Ended where that is no end in order. noinline: what it puts together would have
/// its room in the frame of the relay, as long as that lasts.
[[gnu::noinline]] void conclude(Connection& connection, const net::Stream& client, const net::Stream& upstream,
                                const RelayStart& began) {
    const auto& timeouts = connection.timeouts();
    const auto& traffic = connection.traffic;
    auto refused = learn_from_relay(connection, began);
    if (traffic.timed_out) {
        throw Ended(
            By::proxy, How::timeout,
            traffic.how == net::Ending::none || timeouts.idle <= timeouts.half_close
                ? fmt::format("no octet in either direction for {} (timeouts.idle)", format_duration(timeouts.idle))
                : fmt::format("one side had ended, and the other was silent for {} (timeouts.half_close)",
                              format_duration(timeouts.half_close)));
    }
    const By by = traffic.by_first ? By::client : By::upstream;
    auto* failed = traffic.by_first ? connection.client_tls.get() : connection.upstream_tls.get();
    if (traffic.how == net::Ending::failed && failed) {
        const auto& alert = failed->session().failure().alert;
        if (alert && by == By::upstream) refused = note_origin_alert(connection, *alert);
        throw failure_of(connection, *failed, by, refused.value_or(std::string()));
    }
    if (traffic.how == net::Ending::failed) throw Ended(by, How::error, (traffic.by_first ? client : upstream).fault());
    const How how = nothing_is_missing(connection) ? How::fin : how_of(traffic.how);
    auto detail = detail_of(how, by);
    if (how == How::fin && traffic.how == net::Ending::truncated) {
        detail = fmt::format("the {} left without close_notify, after everything was answered", inspect::name_of(by));
    }
    if (refused) {
        detail = fmt::format(
            "the client sent nothing after our certificate and left: it may not trust this CA (install {} "
            "on it), or pins its own{}",
            connection.settings->ca->certificate.value, *refused);
    }
    connection.end = {.by = by, .how = how, .step = inspect::Step::relay, .detail = std::move(detail)};
}

}  // namespace

net::Task<void> relay_streams(Connection& connection, net::Stream& client, net::Stream& upstream, net::Tap* tap,
                              net::Watcher* watcher) {
    connection.begin(inspect::Step::relay);
    connection.relaying = true;
    const auto& timeouts = connection.timeouts();
    const RelayStart began{.at = connection.loop.now(), .up = connection.traffic.up};
    co_await net::relay(connection.loop, client, upstream, {.idle = timeouts.idle, .half_close = timeouts.half_close},
                        tap, connection.traffic, watcher);
    if (connection.traffic.stopped) {
        connection.relaying = false;
    } else {
        conclude(connection, client, upstream, began);
    }
}

}  // namespace bascule::proxy
