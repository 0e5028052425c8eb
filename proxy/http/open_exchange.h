#pragma once

#include "http/exchanges.h"
#include "http/grpc_messages.h"
#include "inspect/exchange.h"
#include "net/loop.h"
#include "proxy/http/content/exchange_copy.h"
#include "proxy/http/content/message_readers.h"
#include "proxy/http/watched_socket.h"

#include <memory>
#include <optional>

namespace bascule::proxy {

class Connection;

/// One exchange that is under way, and its record in the making. Used again for others: its texts keep their room.
class OpenExchange {
  public:
    /// `copy`: null where nobody reads its content.
    void restart(http::ExchangeId fresh, std::uint64_t number, net::Time now, std::unique_ptr<ExchangeCopy> copy);
    /// It is over: nothing of its connection is left in it.
    void leave();

    void become_stream(http::ExchangeId stream) { record_.stream = id_ = stream; }

    http::ExchangeId id() const { return id_; }
    inspect::ExchangeRecord& record() { return record_; }
    std::unique_ptr<ExchangeCopy>& copy() { return copy_; }

    void ask(const Connection& connection, const http::RequestView& head);
    void inform() { record_.informational = record_.informational.value_or(0) + 1; }
    /// True: from now on it is a WebSocket.
    bool answer(const Connection& connection, const http::ResponseView& head, MessageReaders& readers);
    void take(bool up, ByteView octets);
    void note_trailers(bool up, http::FieldViews fields);
    /// That direction is whole.
    void end(bool up, net::Time now);

    bool is_answered() const { return answer_whole_; }
    bool whole() const { return asked_ && answer_whole_; }
    /// 101, or a CONNECT that was granted: it lives as long as octets flow.
    bool tunnel() const;
    bool is_socket() const { return socket_ != nullptr; }
    /// Whether nothing of it is missing where the connection ends now; `in_order` or not.
    bool ends_whole(bool in_order) const { return socket_ ? socket_->ends_whole(in_order) : in_order && tunnel(); }
    /// Since when the request, whole, waits for its answer.
    std::optional<net::Time> waiting_since() const { return answered_ ? std::nullopt : asked_; }

    /// The record, but for its end.
    const inspect::ExchangeRecord& finish(const Connection& connection, inspect::ExchangeEnd end);
    inspect::WebSocketRecord finish_socket(const Connection& connection, inspect::ExchangeEnd end) const;

  private:
    /// What a call of gRPC has come to.
    struct Grpc {
        http::GrpcMessages up, down;
        std::string status;
    };
    void note_grpc_status(http::FieldViews fields);

    inspect::MessageFacts& message(bool up) { return up ? record_.request : record_.response; }
    void note_times(net::Time now);
    void note_decoded();
    std::unique_ptr<SocketCopy> socket_copy(MessageReaders& readers);

    http::ExchangeId id_ = 0;
    inspect::ExchangeRecord record_;
    net::Time began_{};
    std::optional<net::Time> asked_;     ///< the request was whole
    std::optional<net::Time> answered_;  ///< the answer's head came
    bool answer_whole_ = false;
    bool wants_socket_ = false;
    std::unique_ptr<ExchangeCopy> copy_;
    std::unique_ptr<WatchedSocket> socket_;
    std::unique_ptr<Grpc> grpc_;
};

}  // namespace bascule::proxy
