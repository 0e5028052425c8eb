#pragma once

#include "http/exchanges.h"
#include "http/websocket/watched.h"
#include "inspect/exchange.h"
#include "proxy/http/content/socket_copy.h"

#include <memory>
#include <string>

namespace bascule::proxy {

/// Counts what passes a WebSocket, for its record, and gathers its messages for those who read them.
class WatchedSocket final : http::websocket::Messages {
  public:
    /// `copy`: null where nobody reads them.
    WatchedSocket(const http::websocket::Options& options, std::unique_ptr<SocketCopy> copy)
        : copy_(std::move(copy)), reader_(*this, options) {}

    void take(bool up, ByteView octets) { reader_.take(up, octets); }
    /// Whether nothing is missing where the connection ends now: a Close was seen (RFC 6455 section 7.1.4); or it could
    /// not be, and the connection ends `in_order`.
    bool ends_whole(bool in_order) const { return reader_.close_code() || (in_order && !fault_.empty()); }
    /// Fills in the counts, the close code, and what was wrong.
    void tell(inspect::WebSocketRecord& record) const;

  private:
    void begin(bool up, http::websocket::Opcode kind) override;
    void payload(bool up, ByteView octets) override;
    void end(bool up, const http::websocket::MessageEnd& message) override;
    void ping(bool, ByteView) override {}
    void pong(bool, ByteView) override {}
    void close(bool up, std::uint16_t code, std::string_view reason) override;
    void unreadable(bool, std::string_view) override {}
    void fault(bool up, std::string_view what) override;

    std::string fault_;
    bool by_client_ = false;
    std::unique_ptr<SocketCopy> copy_;
    http::websocket::Watched reader_;
};

/// For an answer that turns its exchange into a WebSocket; null where its frames cannot be read: an extension is in use
/// that is not known here.
std::unique_ptr<WatchedSocket> watch_socket(http::FieldViews fields_of_answer, std::unique_ptr<SocketCopy> copy);

}  // namespace bascule::proxy
