#include "proxy/http/watched_relay.h"

#include "http/h2/frame.h"
#include "net/task/deadline.h"
#include "proxy/http/watch.h"
#include "proxy/relaying.h"
#include "proxy/tap/content_tap.h"

#include <utility>

namespace bascule::proxy {
namespace {

http::Fault too_slow(const Connection& connection) {
    return {.what = fmt::format("the head of a request was not whole within {} (timeouts.request_head)",
                                format_duration(connection.timeouts().request_head)),
            .status = 408};
}

net::Task<void> both_drained(net::Stream& client, net::Stream& upstream) {
    co_await net::all_of(net::drained(client), net::drained(upstream));
}

/// So that what has come does not look whole: without TLS only a reset can say so.
void break_off(const Connection& connection, net::Stream& client) {
    connection.client_tls ? client.truncate() : client.abort();
}

/// Flushed before anything is said to another: what is gathered for a send is the worker's.
void say(net::Stream& stream, const std::string& words) {
    stream.push(as_bytes(words));
    stream.flush();
}

/// Both are told within HTTP where they can be; an answer that has begun is cut short.
net::Task<void> tell_both(Connection& connection, net::Stream& client, net::Stream& upstream,
                          const http::Fault& fault) {
    constexpr Duration patience = std::chrono::seconds(1);
    say(client, connection.http_watch->last_words(fault, true));
    say(upstream, connection.http_watch->last_words(fault, false));
    fault.answer == http::Fault::Answer::begun ? break_off(connection, client) : client.shutdown_write();
    client.flush();
    upstream.shutdown_write();
    co_await net::with_deadline(connection.loop, connection.loop.now() + patience, both_drained(client, upstream));
    connection.awaits = Awaits::told;
}

/// Finishes when a request has waited for its answer for so long (timeouts.response_head).
net::Task<void> unanswered(Connection& connection, Duration limit) {
    while (true) {
        const auto* book = connection.http_watch->book();
        const auto since = book ? book->waiting_since() : std::nullopt;
        const auto until = since.value_or(connection.loop.now()) + limit;
        if (until <= connection.loop.now()) co_return;
        co_await connection.loop.sleep_until(until);
    }
}

http::Fault unanswered_in_time(const Connection& connection) {
    return {.what = fmt::format("a request was not answered within {} (timeouts.response_head)",
                                format_duration(*connection.timeouts().response_head)),
            .status = 504,
            .code = static_cast<std::uint32_t>(http::h2::Code::internal_error)};
}

// What follows a relay is noinline: its frame is not to be there as long as the relay.

/// Of the answer that is due nothing has come: the client is told instead.
[[gnu::noinline]] net::Task<void> end_unanswered(Connection& connection, net::Stream& client, net::Stream& upstream) {
    const auto fault = unanswered_in_time(connection);
    connection.http_watch->book()->answered_instead(fault.status);
    co_await tell_both(connection, client, upstream, fault);
    throw Ended(By::proxy, How::timeout, fault.what);
}

/// The relay has stopped over something that does not pass.
[[gnu::noinline]] net::Task<void> end_refused(Connection& connection, net::Stream& client, net::Stream& upstream) {
    auto& watch = *connection.http_watch;
    const auto fault = watch.fault() ? *watch.fault() : too_slow(connection);
    if (watch.fault()) watch.book()->refused(fault);
    co_await tell_both(connection, client, upstream, fault);
    if (!watch.fault()) throw Ended(By::proxy, How::timeout, fault.what);
    const bool flood = fault.kind == http::Fault::Kind::flood;
    throw Ended(fault.up ? By::client : By::upstream, flood ? How::limit : How::error, fault.what);
}

/// Finishes where a client to whom a page is to be shown asks for nothing (timeouts.request_head).
net::Task<void> unasked(Connection& connection) {
    co_await connection.loop.sleep_for(connection.timeouts().request_head);
    const auto* book = connection.http_watch->book();
    if (book && book->count() > 0) co_await connection.loop.wait_until(net::Time::max());
}

/// True: it has ended by itself.
net::Task<bool> relay_in_time(Connection& connection, net::Task<void> relaying) {
    const auto limit = connection.timeouts().response_head;
    if (!limit && !connection.answers_itself) {
        co_await std::move(relaying);
        co_return true;
    }
    auto late = connection.answers_itself ? unasked(connection) : unanswered(connection, *limit);
    const auto ended = co_await net::any_of(std::move(relaying), std::move(late));
    co_return ended.index() == 0;
}

net::Task<bool> relay(Connection& connection, net::Stream& client, net::Stream& upstream, HttpWatch::Extent extent) {
    connection.http_watch = std::make_unique<HttpWatch>(connection, client, upstream, extent);
    auto* watch = connection.http_watch.get();
    const bool in_time = co_await relay_in_time(
        connection, relay_streams(connection, client, upstream, connection.content.get(), watch));
    co_return in_time;
}

}  // namespace

net::Task<void> relay_watched(Connection& connection, net::Stream& client, net::Stream& upstream) {
    const bool in_time = co_await relay(connection, client, upstream, HttpWatch::Extent::connection);
    if (in_time && !connection.traffic.stopped) co_return;
    if (!in_time && !connection.answers_itself) {
        co_await end_unanswered(connection, client, upstream);
    } else if (connection.http_watch->tunnel()) {
        connection.http_watch->leave();
    } else {
        co_await end_refused(connection, client, upstream);
    }
}

net::Task<void> relay_exchange_watched(Connection& connection, net::Stream& client, net::Stream& upstream) {
    const bool in_time = co_await relay(connection, client, upstream, HttpWatch::Extent::exchange);
    if (!in_time) co_await end_unanswered(connection, *connection.client, upstream);
    const bool refused = connection.traffic.stopped && !connection.http_watch->over();
    if (refused) co_await end_refused(connection, *connection.client, upstream);
}

}  // namespace bascule::proxy
