#pragma once

#include "http/websocket/messages.h"
#include "inspect/message.h"

#include <functional>

namespace bascule::proxy {

/// Gathers the messages of a WebSocket while they pass, each up to a bound, and hands them out as they end.
class SocketCopy {
  public:
    using Sink = std::function<void(const inspect::SocketMessage&)>;
    SocketCopy(std::uint64_t body_limit, Sink sink) : limit_(body_limit), sink_(std::move(sink)) {}

    void begin(bool up, http::websocket::Opcode kind);
    void take(bool up, ByteView octets);
    void end(bool up, const http::websocket::MessageEnd& message);
    void close(bool up, std::uint16_t code, std::string_view reason);

  private:
    inspect::SocketMessage& side(bool up) { return up ? up_ : down_; }
    void hand_out(bool up);

    std::uint64_t limit_;
    Sink sink_;
    inspect::SocketMessage up_, down_;
};

}  // namespace bascule::proxy
