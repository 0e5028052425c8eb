#include "http/websocket/mask.h"

#include <algorithm>
#include <cstring>

namespace bascule::http::websocket {

void unmask(ByteView masked, Mask mask, std::uint64_t offset, std::span<std::uint8_t> out) {
    std::ranges::rotate(mask, mask.begin() + static_cast<std::ptrdiff_t>(offset % mask.size()));
    std::uint64_t wide = 0;
    std::memcpy(&wide, mask.data(), mask.size());
    std::memcpy(reinterpret_cast<std::uint8_t*>(&wide) + mask.size(), mask.data(), mask.size());

    std::size_t at = 0;
    for (; at + sizeof wide <= masked.size(); at += sizeof wide) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, masked.data() + at, sizeof eight);
        eight ^= wide;
        std::memcpy(out.data() + at, &eight, sizeof eight);
    }
    for (; at < masked.size(); ++at) out[at] = masked[at] ^ mask[at % mask.size()];
}

}  // namespace bascule::http::websocket
