#pragma once

#include "base/bytes.h"
#include "http/websocket/frame_head.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace bascule::http::websocket {

struct MessageEnd {
    std::uint64_t octets = 0;              ///< payload on the wire, without the heads of frames
    std::optional<std::uint64_t> decoded;  ///< absent: compressed, and not read
};

/// Who is told. What is handed over lives for the call. `up` is from the client to the origin. Whether text is UTF-8 is
/// not looked at.
class Messages {
  public:
    virtual void begin(bool up, Opcode kind) = 0;  ///< text or binary
    /// A piece of the payload, unmasked and decompressed; only where payload is wanted.
    virtual void payload(bool up, ByteView octets) = 0;
    virtual void end(bool up, const MessageEnd& message) = 0;
    virtual void ping(bool up, ByteView payload) = 0;
    virtual void pong(bool up, ByteView payload) = 0;
    /// The first of this direction. 1005: no code is given (RFC 6455 section 7.1.5).
    virtual void close(bool up, std::uint16_t code, std::string_view reason) = 0;
    /// The payload of compressed messages of this direction is not told any more; the messages are. Once for each.
    virtual void unreadable(bool up, std::string_view why) = 0;
    /// The frames of this direction break a rule: nothing more is told, of either. Once.
    virtual void fault(bool up, std::string_view what) = 0;

  protected:
    ~Messages() = default;
};

}  // namespace bascule::http::websocket
