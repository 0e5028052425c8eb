#include "http/grpc_messages.h"

#include "tests/support/catch.h"

#include <string>

using namespace bascule;
using namespace bascule::http;

TEST_CASE("messages are counted when they are whole, however they are split") {
    const std::string three = std::string("\0\0\0\0\3abc", 8) + std::string("\1\0\0\0\0", 5) +
                              std::string("\0\0\0\1\0", 5) + std::string(256, 'x');
    GrpcMessages whole;
    whole.take(as_bytes(three));
    CHECK(whole.count() == 3);
    for (std::size_t split = 0; split <= three.size(); ++split) {
        GrpcMessages parts;
        parts.take(as_bytes(three).first(split));
        CHECK(parts.count() == (split < 8 ? 0 : split < 13 ? 1 : split < three.size() ? 2 : 3));
        parts.take(as_bytes(three).subspan(split));
        CHECK(parts.count() == 3);
    }
}
