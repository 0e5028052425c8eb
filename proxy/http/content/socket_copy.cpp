#include "proxy/http/content/socket_copy.h"

#include <algorithm>

namespace bascule::proxy {

void SocketCopy::begin(bool up, http::websocket::Opcode kind) {
    auto& message = side(up);
    message = {};
    message.direction = up ? inspect::Direction::up : inspect::Direction::down;
    message.kind = static_cast<inspect::SocketMessage::Kind>(kind);
}

void SocketCopy::take(bool up, ByteView octets) {
    auto& message = side(up);
    const auto kept = octets.first(std::min<std::uint64_t>(octets.size(), limit_ - message.body.size()));
    message.body += as_text(kept);
    message.dropped += octets.size() - kept.size();
}

void SocketCopy::end(bool up, const http::websocket::MessageEnd& message) {
    side(up).octets = message.octets;
    if (!message.decoded) side(up).dropped = message.octets;  // it could not be read
    hand_out(up);
}

/// Never within a message of that direction that is told to its end: none follows a Close (RFC 6455 section 5.5.1).
void SocketCopy::close(bool up, std::uint16_t code, std::string_view reason) {
    begin(up, http::websocket::Opcode::close);
    side(up).body = reason.substr(0, limit_);
    side(up).octets = reason.size();
    side(up).close_code = code;
    hand_out(up);
}

void SocketCopy::hand_out(bool up) {
    side(up).time = std::chrono::system_clock::now();
    sink_(side(up));
    side(up).body.clear();
    side(up).body.shrink_to_fit();
}

}  // namespace bascule::proxy
