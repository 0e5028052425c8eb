#pragma once

#include "inspect/exchange.h"
#include "inspect/message.h"
#include "proxy/http/content/exchange_copy.h"

#include <memory>

namespace bascule::proxy {

class Connection;

/// Who reads the messages of a connection with their content: its rule's content log and HAR file, and whoever watches
/// (`bascule watch --body`). Of an exchange that nobody reads no copy is made.
class MessageReaders {
  public:
    /// From now on the content log of the connection takes messages. Not `wanted`: there is none to read.
    explicit MessageReaders(Connection& connection, bool wanted = true);

    bool any() const { return any_; }
    /// Null: nobody reads it, or there is no room for more at once on this connection (the log says so).
    std::unique_ptr<ExchangeCopy> copy();

    /// An exchange has ended, or has turned into a WebSocket.
    void take(const inspect::ExchangeRecord& record, ExchangeCopy& copy);
    /// A message of a WebSocket.
    void take(std::uint32_t exchange, std::optional<std::uint32_t> stream, ExchangeCopy& copy,
              const inspect::SocketMessage& message);
    /// It is over, a WebSocket too: HAR tells all of it at once. `record`: of the exchange.
    void finish(const inspect::ExchangeRecord& record, const inspect::ExchangeEnd& end, ExchangeCopy& copy);

  private:
    inspect::MessagePlace place(std::uint32_t exchange, std::optional<std::uint32_t> stream) const;
    template <class Message>
    void hand_out(const inspect::MessagePlace& place, const Message& message);

    Connection& connection_;
    inspect::ContentFile* file_;
    bool any_;
    Room room_;
    bool complained_ = false;
};

}  // namespace bascule::proxy
