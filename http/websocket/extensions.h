#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bascule::http::websocket {

/// How one side compresses (RFC 7692 section 7.1).
struct Deflate {
    bool takeover = true;  ///< messages refer back to those before them
    std::uint8_t window_bits = 15;
};

/// What both ends agreed on beyond RFC 6455.
struct Extensions {
    bool deflate = false;  ///< permessage-deflate
    Deflate up, down;
};

/// From the Sec-WebSocket-Extensions of the answer, several fields joined by commas; empty: none. Nothing: an extension
/// or a parameter that is not known here or is malformed (RFC 7692 section 7.1): frames may mean anything then.
std::optional<Extensions> parse_extensions(std::string_view value);

}  // namespace bascule::http::websocket
