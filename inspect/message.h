#pragma once

#include "base/duration.h"
#include "inspect/content/content_log.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP messages with what is in them, as plain data: for the content log of messages, HAR, and `bascule watch --body`.
namespace bascule::inspect {

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

/// The head as sent: nothing is redacted, case and order are the sender's. HTTP/2: names in lower case, and what its
/// pseudo-fields said.
struct MessageHead {
    std::string version;  ///< "1.0", "1.1", "2"
    // Of a request:
    std::string method, scheme, authority, path;
    // Of an answer:
    std::uint32_t status = 0;
    std::string reason;  ///< HTTP/1
    HeaderFields fields;
    std::uint64_t octets = 0;  ///< on the wire; 0: no head came
};

/// One direction of one exchange.
struct Message {
    Direction direction = Direction::up;  ///< up: the request
    WallTime began{};                     ///< its head was whole
    MessageHead head;
    std::string body;                            ///< the first of the content, its codings undone where they could be
    std::uint64_t body_bytes = 0;                ///< content on the wire
    std::optional<std::uint64_t> decoded_bytes;  ///< absent: it has no coding, or one that was not undone
    std::uint64_t dropped = 0;                   ///< octets of the (decoded) content that `body` does not have
    std::string undecoded;                       ///< why `body` is as it was sent, in a sentence; empty: it is not
    HeaderFields trailers;
    bool whole = true;  ///< false: cut off
};

/// One message of a WebSocket, or a Close.
struct SocketMessage {
    enum class Kind : std::uint8_t { text = 1, binary = 2, close = 8 };  ///< as opcodes (RFC 6455 section 5.2)
    Direction direction = Direction::up;
    WallTime time{};
    Kind kind = Kind::text;
    std::string body;           ///< the first of it, decompressed; of a Close the reason
    std::uint64_t octets = 0;   ///< payload on the wire
    std::uint64_t dropped = 0;  ///< octets that `body` does not have
    std::uint32_t close_code = 0;
};

std::string_view name_of(SocketMessage::Kind kind);  ///< "text", "binary", "close"

/// The body as a text, if it is one: without the code point that a bound has cut in two.
std::string_view text_of(const Message& message);
std::string_view text_of(const SocketMessage& message);

/// About how many octets it holds outside of itself, for what bounds a queue.
std::size_t held_by(const Message& message);
std::size_t held_by(const SocketMessage& message);

/// Which exchange a message is of: ties it to the record and the other logs.
struct MessagePlace {
    std::string id;  ///< of the connection
    std::uint32_t exchange = 0;
    std::optional<std::uint32_t> stream;
};

/// One exchange for HAR, at its end.
struct HarExchange {
    MessagePlace place;
    WallTime began{};
    Message request;
    Message answer;              ///< status 0: none came
    std::string server_address;  ///< IP, without the port; empty: not known
    /// Milliseconds, as in ExchangeTimings.
    std::optional<double> send, wait, receive;
    std::string comment;                ///< how it ended, where not in order
    std::vector<SocketMessage> socket;  ///< the first of a WebSocket's messages
    bool is_socket = false;
};

}  // namespace bascule::inspect
