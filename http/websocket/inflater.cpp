#include "http/websocket/inflater.h"

#include <array>

namespace bascule::http::websocket {
namespace {

// What the sender takes off the end of each message: the length of an empty stored block.
constexpr std::array<std::uint8_t, 4> kTail{0x00, 0x00, 0xff, 0xff};
constexpr std::size_t kLargestWindow = 32_KiB;

}  // namespace

Inflater::Inflater(Deflate agreed, coding::Bounds bounds)
    : InflateStage("permessage-deflate (RFC 7692 section 7.2)", bounds, -agreed.window_bits) {}

bool Inflater::end_message(Next next) {
    const bool whole = ended() || (take(kTail, next) && (ended() || is_between_blocks()));
    restart_bounds();
    return whole;
}

/// A final block is followed by more of the same message, or by the next one, which refer back beyond it (RFC 7692
/// section 7.2.3.4).
bool Inflater::begin_another(std::uint8_t) {
    std::array<std::uint8_t, kLargestWindow> window;
    auto size = static_cast<uInt>(window.size());
    return inflateGetDictionary(&stream(), window.data(), &size) == Z_OK && inflateReset(&stream()) == Z_OK &&
           inflateSetDictionary(&stream(), window.data(), size) == Z_OK;
}

}  // namespace bascule::http::websocket
