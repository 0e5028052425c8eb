#include "proxy/http/watch.h"

#include "http/h1/head.h"
#include "http/h1/watched.h"
#include "http/h2/frame.h"
#include "http/h2/walker.h"
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
    if (recorded_) connection_.record.http = connection_.acted_on ? "acted" : "watched";
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
    if (!up) holds_answer_ = admitted < octets.size();
    tell_cut();
    const bool late = walker_ && holding_since_ && too_late();
    stops_ = late || fault() || tunnel() || over();
    return admitted;
}

void HttpWatch::ended(bool up) {
    const auto how = up ? client_.ending() : upstream_.ending();
    if (walker_) walker_->ended(up, net::in_order(how));
    if (speaks_ == Speaks::unknown) speaks_ = Speaks::other;
    if (!up) origin_ended_ = net::in_order(how) || how == net::Ending::truncated;
    holds_answer_ = holds_answer_ && (up || net::in_order(how));
    tell_cut();
    stops_ = stops_ || fault() || over();
}

/// The client may stay for long where the origin has ended within an answer: it has its record at once.
void HttpWatch::tell_cut() {
    if (book_ && origin_ended_ && !holds_answer_ && !fault() && !over()) book_->origin_left(upstream_.ending());
}

bool is_inspected(const Connection& connection) {
    return connection.settings->inspect == config::Inspect::http && !connection.reversed &&
           connection.verdict.action == rules::Action::intercept;
}

}  // namespace bascule::proxy
