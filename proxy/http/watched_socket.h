#pragma once

#include "http/exchanges.h"
#include "http/websocket/watched.h"
#include "inspect/exchange.h"

#include <memory>
#include <string>

namespace bascule::proxy {

/// Counts what passes a WebSocket, for its record.
class WatchedSocket final : http::websocket::Messages {
  public:
    explicit WatchedSocket(const http::websocket::Options& options) : reader_(*this, options) {}

    void take(bool up, ByteView octets) { reader_.take(up, octets); }
    /// A Close was seen: nothing is missing, however the connection ends.
    bool closed() const { return reader_.close_code().has_value(); }
    /// Fills in the counts, the close code, and what was wrong.
    void tell(inspect::WebSocketRecord& record) const;

  private:
    void begin(bool, http::websocket::Opcode) override {}
    void payload(bool, ByteView) override {}
    void end(bool, const http::websocket::MessageEnd&) override {}
    void ping(bool, ByteView) override {}
    void pong(bool, ByteView) override {}
    void close(bool, std::uint16_t, std::string_view) override {}
    void unreadable(bool, std::string_view) override {}
    void fault(bool up, std::string_view what) override;

    std::string fault_;
    bool by_client_ = false;
    http::websocket::Watched reader_;
};

/// For an answer that turns its exchange into a WebSocket; null where its frames cannot be read: an extension is in use
/// that is not known here.
std::unique_ptr<WatchedSocket> watch_socket(http::FieldViews fields_of_answer);

}  // namespace bascule::proxy
