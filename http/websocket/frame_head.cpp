#include "http/websocket/frame_head.h"

#include <algorithm>

namespace bascule::http::websocket {
namespace {

constexpr std::uint8_t kIn16Bits = 126;
constexpr std::uint8_t kIn64Bits = 127;

}  // namespace

void FrameHead::take(ByteView& octets) {
    while (!whole() && !octets.empty()) {
        octets_[have_++] = octets.front();
        octets = octets.subspan(1);
    }
}

std::uint8_t FrameHead::length_octets() const {
    if (short_length() == kIn16Bits) return 2;
    return short_length() == kIn64Bits ? 8 : 0;
}

std::uint8_t FrameHead::size() const {
    if (have_ < 2) return 2;
    return static_cast<std::uint8_t>(2 + length_octets() + (is_masked() ? 4 : 0));
}

std::uint64_t FrameHead::length() const {
    if (length_octets() == 0) return short_length();
    std::uint64_t length = 0;
    for (std::size_t i = 2; i < 2U + length_octets(); ++i) length = length << 8 | octets_[i];
    return length;
}

Mask FrameHead::mask() const {
    Mask mask;
    std::copy_n(octets_.begin() + 2 + length_octets(), mask.size(), mask.begin());
    return mask;
}

bool FrameHead::is_known() const {
    switch (opcode()) {
        case Opcode::continuation:
        case Opcode::text:
        case Opcode::binary:
        case Opcode::close:
        case Opcode::ping:
        case Opcode::pong:
            return true;
    }
    return false;
}

std::string_view FrameHead::length_fault() const {
    if (length() >> 63 != 0) return "a frame length of 2^63 or more (RFC 6455 section 5.2)";
    const bool longer =
        (short_length() == kIn16Bits && length() < kIn16Bits) || (short_length() == kIn64Bits && length() <= 0xffff);
    return longer ? "a frame length in more octets than it needs (RFC 6455 section 5.2)" : "";
}

std::string_view FrameHead::fault(bool up) const {
    if (has_reserved()) return "a frame has reserved bits set (RFC 6455 section 5.2)";
    if (!is_known()) return "a frame has a reserved opcode (RFC 6455 section 5.2)";
    if (up && !is_masked()) return "a frame of the client is not masked (RFC 6455 section 5.1)";
    if (!up && is_masked()) return "a frame of the origin is masked (RFC 6455 section 5.1)";
    if (is_control() && !last()) return "a control frame is fragmented (RFC 6455 section 5.5)";
    if (is_control() && length() > 125) return "a control frame has more than 125 octets (RFC 6455 section 5.5)";
    return length_fault();
}

}  // namespace bascule::http::websocket
