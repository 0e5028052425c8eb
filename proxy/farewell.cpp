#include "proxy/farewell.h"

#include "http/reply.h"
#include "proxy/entry/socks.h"
#include "tls/alert.h"

namespace bascule::proxy {
namespace {

constexpr Duration kPatience = std::chrono::seconds(1);
constexpr unsigned kPullsPerTurn = 4;

int status_for(How how) {
    switch (how) {
        case How::blocked:
        case How::denied:
        case How::limit:
        case How::loop:
            return 403;
        case How::timeout:
            return 504;
        case How::error:
            return 400;
        case How::drain:
            return 503;
        default:
            return 502;
    }
}

socks::Reply reply_of(How how) {
    switch (how) {
        case How::blocked:
        case How::denied:
        case How::limit:
        case How::loop:
            return socks::Reply::not_allowed;
        case How::unresolved:
        case How::unreachable:
            return socks::Reply::host_unreachable;
        case How::refused:
            return socks::Reply::refused;
        case How::timeout:
            return socks::Reply::timed_out;
        default:
            return socks::Reply::failure;
    }
}

std::uint8_t alert_of(How how) {
    switch (how) {
        case How::blocked:
        case How::denied:
        case How::limit:
        case How::loop:
            return static_cast<std::uint8_t>(tls::Alert::access_denied);
        case How::error:
            return static_cast<std::uint8_t>(tls::Alert::handshake_failure);
        default:
            return static_cast<std::uint8_t>(tls::Alert::internal_error);
    }
}

/// Whether the origin's own kind of end, a reset or a truncation, is what the client is to see too.
bool mirrors_upstream(const inspect::End& end) {
    return end.by == By::upstream && (end.how == How::reset || end.how == How::truncated);
}

/// Whether OpenSSL has the last word on a leg, an alert: a reset must not overtake it.
bool said_alert(const Connection& connection, const std::unique_ptr<tls::TlsStream>& leg) {
    return leg && (!connection.relaying || leg->ending() == net::Ending::failed);
}

/// Closing a socket with unread octets resets it, and the peer may lose what we said last: reads on until it has ended.
net::Task<void> linger(net::EventLoop& loop, net::Stream& stream) {
    for (unsigned pulls = 1;; ++pulls) {
        const auto pulled = stream.pull([](ByteView) {});
        if (pulled == net::Pull::ended) co_return;
        if (pulled == net::Pull::blocked) co_await stream.until_readable();
        if (pulls % kPullsPerTurn == 0) co_await loop.yield();
    }
}

net::Task<void> end_in_order(net::EventLoop& loop, net::Stream& stream) {
    co_await net::drained(stream);
    stream.shutdown_write();
    co_await net::drained(stream);
    co_await linger(loop, stream);
}

net::Task<void> both_in_order(Connection& connection) {
    net::Stream& client =
        connection.client_tls ? static_cast<net::Stream&>(*connection.client_tls) : *connection.client;
    net::Stream& upstream =
        connection.upstream_tls ? static_cast<net::Stream&>(*connection.upstream_tls) : *connection.upstream;
    co_await net::all_of(end_in_order(connection.loop, client), end_in_order(connection.loop, upstream));
}

net::Task<void> say_last(net::EventLoop& loop, net::TcpStream& client, Bytes last) {
    client.push(last);
    co_await end_in_order(loop, client);
}

}  // namespace

std::uint8_t alert_for(const Ended& ended) {
    return ended.alert.value_or(alert_of(ended.how));
}

int status_of(const Ended& ended) {
    return ended.status.value_or(status_for(ended.how));
}

net::Task<void> say_farewell(Connection& connection, const Ended& ended) {
    const auto& end = connection.end;
    auto& client = *connection.client;
    Bytes last;
    switch (connection.awaits) {
        case Awaits::http_reply:
            last = to_bytes(http::reply(status_of(ended), end.detail));
            if (end.how != How::client_gone) connection.told_status = status_of(ended);
            break;
        case Awaits::socks4_reply:
            last = socks::answer(4, reply_of(end.how));
            break;
        case Awaits::socks5_reply:
            last = socks::answer(5, reply_of(end.how));
            break;
        case Awaits::server_hello:
            if (!mirrors_upstream(end)) last = tls::fatal_alert(alert_for(ended));
            break;
        case Awaits::told:
        case Awaits::nothing:
            break;
    }
    if (end.how == How::client_gone) last.clear();
    if (connection.relaying && connection.client_tls && ended.alert) connection.client_tls->fail(*ended.alert);
    const net::Time deadline = connection.loop.now() + kPatience;
    if (connection.relaying && end.how == How::drain) {
        co_await net::with_deadline(connection.loop, deadline, both_in_order(connection));
        co_return;
    }
    if (!last.empty()) {
        co_await net::with_deadline(connection.loop, deadline, say_last(connection.loop, client, std::move(last)));
    } else if (end.how == How::truncated || connection.awaits == Awaits::told ||
               said_alert(connection, connection.client_tls)) {
        // A truncation is passed on as one.
        co_await net::with_deadline(connection.loop, deadline, end_in_order(connection.loop, client));
    } else {
        client.abort();
    }
    if (!connection.upstream) co_return;
    if (connection.awaits == Awaits::told || said_alert(connection, connection.upstream_tls)) {
        connection.upstream->shutdown_write();
    } else {
        connection.upstream->abort();
    }
}

}  // namespace bascule::proxy
