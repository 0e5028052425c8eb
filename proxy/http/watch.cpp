#include "proxy/http/watch.h"

#include "http/h1/head.h"
#include "http/h1/watched.h"
#include "http/h2/frame.h"
#include "http/h2/walker.h"
#include "net/task/deadline.h"
#include "proxy/relaying.h"
#include "proxy/tap/content_tap.h"

#include <utility>

namespace bascule::proxy {

HttpWatch::HttpWatch(Connection& connection, net::Stream& client, net::Stream& upstream, Extent extent)
    : connection_(connection),
      client_(client),
      upstream_(upstream),
      in_the_clear_(!connection.client_tls),
      recorded_(extent == Extent::connection || is_inspected(connection)) {
    const auto& alpn = connection.record.alpn;
    const bool may_be = alpn.empty() || alpn.starts_with("http/1.");
    if (extent == Extent::exchange) {
        begin_http1(http::WatchedH1::Tunnels::pass, extent);
    } else if (alpn == "h2" || alpn == "grpc-exp") {  // what gRPC called it before h2 was all it needed, still offered
        begin_http2();
    } else if (!may_be) {
        speaks_ = Speaks::other;
    }
}

void HttpWatch::begin(bool streams) {
    speaks_ = Speaks::http;
    if (recorded_) connection_.record.http = "watched";
    book_ = std::make_unique<ExchangeBook>(connection_, streams, recorded_);
}

void HttpWatch::begin_http1(http::WatchedH1::Tunnels tunnels, Extent extent) {
    begin(false);
    auto walker = std::make_unique<http::WatchedH1>(*book_, tunnels, extent);
    h1_ = walker.get();
    walker_ = std::move(walker);
}

void HttpWatch::begin_http2() {
    begin(true);
    walker_ = http::h2::make_walker(*book_);
}

/// What was asked in HTTP/1.1 is answered in HTTP/2 (h2c by Upgrade).
void HttpWatch::go_on_in_http2() {
    const auto upgrade = *std::exchange(h1_, nullptr)->http2();
    walker_ = http::h2::make_upgraded_walker(*book_, upgrade.head, *upgrade.settings);
}

void HttpWatch::leave() {
    book_->close({.by = By::upstream, .how = How::fin, .step = inspect::Step::relay, .detail = {}});
    connection_.record.exchanges = book_->count();
    if (connection_.content) connection_.content->take_octets();
}

/// By what the client says first; where the origin does, or the client says too little, it is not HTTP.
void HttpWatch::recognize(bool up, ByteView octets) {
    constexpr std::string_view preface = "PRI * ";  // RFC 9113 section 3.4
    if (up && as_text(octets).starts_with(preface)) return begin_http2();
    const auto is_http = up ? http::looks_like_http(octets) : std::optional(false);
    begins_like_http_ = up && http::begins_like_http(octets);
    using Tunnels = http::WatchedH1::Tunnels;
    if (is_http == true) begin_http1(in_the_clear_ ? Tunnels::stop_before : Tunnels::pass, Extent::connection);
    if (is_http == false || (!is_http && too_late())) speaks_ = Speaks::other;
}

net::Time HttpWatch::hold_until(bool up) const {
    const auto& patience = connection_.timeouts();
    if (!up || !holding_since_) return net::Time::max();
    const bool nothing_known = speaks_ == Speaks::unknown && !begins_like_http_;
    return *holding_since_ + (nothing_known ? patience.first_bytes : patience.request_head);
}

/// The clock for a head of the client's runs from its first octets on.
void HttpWatch::note_holding(std::size_t admitted, std::size_t offered) {
    const bool holds = admitted < offered && (!walker_ || walker_->in_head(true));
    if (!holds) holding_since_.reset();
    if (holds && (admitted > 0 || !holding_since_)) holding_since_ = connection_.loop.now();
}

std::size_t HttpWatch::admit(bool up, ByteView octets) {
    if (octets.empty()) return 0;
    if (speaks_ == Speaks::unknown) recognize(up, octets);
    auto admitted = walker_ ? walker_->admit(up, octets) : speaks_ == Speaks::other ? octets.size() : 0;
    if (h1_ && h1_->http2()) {
        go_on_in_http2();
        admitted += walker_->admit(up, octets.subspan(admitted));
    }
    if (up) note_holding(admitted, octets.size());
    const bool late = walker_ && holding_since_ && too_late();
    stops_ = late || fault() || tunnel() || over();
    return admitted;
}

void HttpWatch::ended(bool up) {
    const auto how = up ? client_.ending() : upstream_.ending();
    if (walker_) walker_->ended(up, net::in_order(how));
    if (speaks_ == Speaks::unknown) speaks_ = Speaks::other;
    stops_ = stops_ || fault() || over();
}

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

/// Of the answer that is due nothing has come: the client is told instead.
net::Task<void> end_unanswered(Connection& connection, net::Stream& client, net::Stream& upstream) {
    const auto fault = unanswered_in_time(connection);
    connection.http_watch->book()->answered_instead(fault.status);
    co_await tell_both(connection, client, upstream, fault);
    throw Ended(By::proxy, How::timeout, fault.what);
}

/// The relay has stopped over something that does not pass.
net::Task<void> end_refused(Connection& connection, net::Stream& client, net::Stream& upstream) {
    auto& watch = *connection.http_watch;
    const auto fault = watch.fault() ? *watch.fault() : too_slow(connection);
    if (watch.fault()) watch.book()->refused(fault);
    co_await tell_both(connection, client, upstream, fault);
    if (!watch.fault()) throw Ended(By::proxy, How::timeout, fault.what);
    const bool flood = fault.kind == http::Fault::Kind::flood;
    throw Ended(fault.up ? By::client : By::upstream, flood ? How::limit : How::error, fault.what);
}

/// True: it has ended by itself.
net::Task<bool> relay_in_time(Connection& connection, net::Task<void> relaying) {
    const auto limit = connection.timeouts().response_head;
    if (!limit) {
        co_await std::move(relaying);
        co_return true;
    }
    const auto ended = co_await net::any_of(std::move(relaying), unanswered(connection, *limit));
    co_return ended.index() == 0;
}

}  // namespace

net::Task<void> relay_watched(Connection& connection, net::Stream& client, net::Stream& upstream) {
    connection.http_watch = std::make_unique<HttpWatch>(connection, client, upstream);
    auto* watcher = connection.http_watch.get();
    const bool in_time = co_await relay_in_time(
        connection, relay_streams(connection, client, upstream, connection.content.get(), watcher));
    if (!in_time) co_await end_unanswered(connection, client, upstream);
    if (!connection.traffic.stopped) co_return;
    if (watcher->tunnel()) {
        watcher->leave();
    } else {
        co_await end_refused(connection, client, upstream);
    }
}

net::Task<void> relay_exchange(Connection& connection, net::Stream& client, net::Stream& upstream) {
    tap_content(connection);
    connection.http_watch = std::make_unique<HttpWatch>(connection, client, upstream, HttpWatch::Extent::exchange);
    auto* watcher = connection.http_watch.get();
    const bool in_time = co_await relay_in_time(
        connection, relay_streams(connection, client, upstream, connection.content.get(), watcher));
    if (!in_time) co_await end_unanswered(connection, *connection.client, upstream);
    if (connection.traffic.stopped && !watcher->over()) co_await end_refused(connection, *connection.client, upstream);
}

bool is_inspected(const Connection& connection) {
    return connection.settings->inspect == config::Inspect::http && !connection.reversed &&
           connection.verdict.action == rules::Action::intercept;
}

net::Task<void> relay_inspected(Connection& connection, net::Stream& client, net::Stream& upstream) {
    tap_content(connection);
    if (is_inspected(connection)) {
        co_await relay_watched(connection, client, upstream);
    } else {
        co_await relay_streams(connection, client, upstream, connection.content.get());
    }
}

}  // namespace bascule::proxy
