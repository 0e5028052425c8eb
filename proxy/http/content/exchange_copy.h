#pragma once

#include "proxy/http/content/message_copy.h"

#include <string>
#include <vector>

namespace bascule::proxy {

/// Both messages of one exchange, gathered while they pass; and what follows in HAR where it turned into a WebSocket.
class ExchangeCopy {
  public:
    explicit ExchangeCopy(Room& room)
        : room_(room), request_(room, inspect::Direction::up), answer_(room, inspect::Direction::down) {}
    ~ExchangeCopy() { room_.left += charged_; }
    ExchangeCopy(const ExchangeCopy&) = delete;

    /// `scheme`, `authority`: where the request names none.
    void ask(const http::RequestView& head, std::string_view scheme, std::string_view authority);
    void answer(const http::ResponseView& head);
    void take(bool up, ByteView octets) { side(up).take(octets); }
    void note_trailers(bool up, http::FieldViews fields) { side(up).note_trailers(fields); }
    void end(bool up) { side(up).end(); }

    MessageCopy& side(bool up) { return up ? request_ : answer_; }

    /// From here on it is a WebSocket.
    void begin_socket() { is_socket_ = true; }
    bool is_socket() const { return is_socket_; }
    std::uint64_t body_limit() const { return room_.body; }
    /// Keeps a WebSocket's message for HAR, while there is room.
    void keep(const inspect::SocketMessage& message);
    const std::vector<inspect::SocketMessage>& socket() const { return socket_; }
    std::uint64_t not_kept() const { return not_kept_; }  ///< messages of the WebSocket

  private:
    Room& room_;
    std::uint64_t charged_ = 0;
    bool is_socket_ = false;
    MessageCopy request_, answer_;
    std::vector<inspect::SocketMessage> socket_;
    std::uint64_t not_kept_ = 0;
};

}  // namespace bascule::proxy
