#pragma once

#include "http/h1/watched.h"
#include "http/walker.h"
#include "net/relay.h"
#include "proxy/connection.h"
#include "proxy/http/exchange_book.h"

#include <memory>
#include <optional>

namespace bascule::proxy {

/// Watches what is relayed for HTTP: each octet is understood before it is passed on, and passed on as it came. ALPN
/// says which version is spoken; without one, the client's first octets. What is not HTTP passes as it is.
class HttpWatch final : public net::Watcher {
  public:
    using Extent = http::WatchedH1::Extent;
    /// In the clear a tunnel is not passed, but ends the watch: TLS may begin in it. The streams are used while they
    /// are relayed only. Extent::exchange: it is known to be one exchange of HTTP/1, with which the relay stops.
    HttpWatch(Connection& connection, net::Stream& client, net::Stream& upstream, Extent extent = Extent::connection);

    std::size_t admit(bool up, ByteView octets) override;
    void ended(bool up) override;
    net::Time hold_until(bool up) const override;
    bool stops() const override { return stops_; }

    /// Why the relay stopped: a message is not passed on; a tunnel begins; or a request's head came too slowly.
    const http::Fault* fault() const { return walker_ && walker_->fault() ? &*walker_->fault() : nullptr; }
    bool tunnel() const { return in_the_clear_ && h1_ && h1_->tunnel(); }
    bool over() const { return h1_ && h1_->over(); }
    /// The walker of HTTP/1; null: it is not known to be that.
    const http::WatchedH1* http1() const { return h1_; }
    /// A tunnel is left to others: its exchange has its record, and the count goes on.
    void leave();
    std::string last_words(const http::Fault& fault, bool to_client) const {
        return walker_ ? walker_->last_words(fault, to_client) : std::string();
    }
    /// No octet that the other side waits for can be missing.
    bool all_whole() const { return walker_ && walker_->all_whole(); }
    /// Null while it is not known to be HTTP.
    ExchangeBook* book() { return book_.get(); }

  private:
    enum class Speaks : std::uint8_t { unknown, http, other };

    void recognize(bool up, ByteView octets);
    void begin_http1(http::WatchedH1::Tunnels tunnels, Extent extent);
    void begin_http2();
    void begin(bool streams);
    void go_on_in_http2();
    void note_holding(std::size_t admitted, std::size_t offered);
    void tell_cut();
    bool too_late() const { return connection_.loop.now() >= hold_until(true); }

    Connection& connection_;
    net::Stream& client_;
    net::Stream& upstream_;
    const bool in_the_clear_;
    const bool recorded_;
    Speaks speaks_ = Speaks::unknown;
    std::unique_ptr<ExchangeBook> book_;
    std::unique_ptr<http::Walker> walker_;
    const http::WatchedH1* h1_ = nullptr;     ///< the walker, if it is one
    std::optional<net::Time> holding_since_;  ///< octets of the client
    bool begins_like_http_ = false;           ///< what is held while it is unknown
    bool holds_answer_ = false;               ///< octets of the origin
    bool origin_ended_ = false;
    bool stops_ = false;
};

/// Whether a rule has HTTP inspected on this connection.
bool is_inspected(const Connection& connection);

}  // namespace bascule::proxy
