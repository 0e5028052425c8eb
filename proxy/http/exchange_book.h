#pragma once

#include "http/exchanges.h"
#include "http/walker.h"
#include "inspect/exchange.h"
#include "net/loop.h"
#include "net/stream.h"
#include "proxy/http/content/message_readers.h"
#include "proxy/http/open_exchange.h"

#include <memory>
#include <optional>
#include <vector>

namespace bascule::proxy {

class Connection;

/// What the end of a connection is for an exchange that it cuts off.
inspect::ExchangeHow how_of(inspect::How how);

/// Keeps what is known of each exchange that is under way on one connection, and writes its record when it ends.
class ExchangeBook final : public http::Exchanges {
  public:
    /// `streams`: exchanges are HTTP/2's, and their ids its streams. Not `recorded`: they are counted only.
    ExchangeBook(Connection& connection, bool streams, bool recorded = true);
    ~ExchangeBook();
    ExchangeBook(const ExchangeBook&) = delete;

    void request(http::ExchangeId id, const http::RequestView& head) override;
    void becomes_stream(http::ExchangeId id, http::ExchangeId stream) override;
    void informational(http::ExchangeId id, const http::ResponseView& head) override;
    void response(http::ExchangeId id, const http::ResponseView& head) override;
    void body(http::ExchangeId id, bool up, ByteView octets) override;
    void trailers(http::ExchangeId id, bool up, http::FieldViews fields) override;
    void ended(http::ExchangeId id, bool up) override;
    void reset(http::ExchangeId id, bool up, std::uint32_t code) override;

    /// What rules have done about an exchange: RULE:ACTION each.
    void did(http::ExchangeId id, std::vector<std::string> deeds);
    /// What was not passed on, if it is of one exchange.
    void refused(const http::Fault& fault);
    /// Of HTTP/1: the newest exchange is answered by the proxy itself.
    void replied(int status, const inspect::ExchangeEnd& end);
    /// The origin has ended its direction, all of which is told: no answer that is not whole will be.
    void origin_left(net::Ending how);
    /// The connection has ended, and with it what is under way.
    void close(const inspect::End& end);

    std::uint64_t count() const { return count_; }  ///< so far
    /// Since when a request, whole, waits for an answer that is due: in HTTP/1 the first, once the one before it is
    /// whole; of streams the one that waits longest.
    std::optional<net::Time> waiting_since() const;
    /// The client gets this instead of the answer that is due (HTTP/1).
    void answered_instead(int status);

  private:
    OpenExchange* find(http::ExchangeId id);
    OpenExchange& open(http::ExchangeId id);
    std::optional<net::Time> longest_wait() const;
    OpenExchange* guilty(http::ExchangeId id);
    inspect::ExchangeEnd answered() const;
    void finish(OpenExchange& exchange, const inspect::ExchangeEnd& end);
    void write(OpenExchange& exchange, const inspect::ExchangeEnd& end);

    Connection& connection_;
    bool streams_;
    std::uint64_t count_;                              ///< goes on from the exchanges that the connection has had
    MessageReaders readers_;                           ///< before the exchanges, which hold room of theirs
    const bool kept_;                                  ///< what is under way is of use: for records, or a deadline
    std::vector<std::unique_ptr<OpenExchange>> open_;  ///< by id
    http::ExchangeId newest_ = 0;
    net::Time last_finished_{};
};

}  // namespace bascule::proxy
