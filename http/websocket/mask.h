#pragma once

#include "http/websocket/frame_head.h"

#include <span>

namespace bascule::http::websocket {

/// Undoes the masking (RFC 6455 section 5.3) of a piece of a payload that begins at `offset` in it. `out` is as large.
void unmask(ByteView masked, Mask mask, std::uint64_t offset, std::span<std::uint8_t> out);

}  // namespace bascule::http::websocket
