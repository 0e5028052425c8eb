#include "http/websocket/mask.h"

#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::http::websocket;

TEST_CASE("a mask is undone octet for octet, wherever a piece begins") {
    const Mask mask{0x37, 0xfa, 0x21, 0x3d};
    Bytes masked;
    for (int i = 0; i < 40; ++i) masked.push_back(static_cast<std::uint8_t>(i * 31));
    for (std::size_t offset = 0; offset < 9; ++offset) {
        for (std::size_t size = 0; offset + size <= masked.size(); ++size) {
            Bytes plain(size);
            unmask(ByteView(masked).subspan(offset, size), mask, offset, plain);
            for (std::size_t i = 0; i < size; ++i) REQUIRE(plain[i] == (masked[offset + i] ^ mask[(offset + i) % 4]));
        }
    }
}
