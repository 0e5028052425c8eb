#include "http/h1/body_end.h"
#include "http/h1/head.h"
#include "tests/support/catch.h"

#include <limits>

using namespace bascule;
using namespace bascule::http;

namespace {

/// How many octets the chunked body has that `text` begins with; nothing: broken.
std::optional<std::size_t> chunked_size(std::string_view text) {
    BodyEnd body{Chunked{}};
    const auto taken = body.take(as_bytes(text));
    if (!taken) return std::nullopt;
    CHECK(body.ended());
    return taken;
}

bool broken(std::string_view text) {
    BodyEnd body{Chunked{}};
    return !body.take(as_bytes(text)) && !body.take(as_bytes("x")) && !body.ended();
}

}  // namespace

TEST_CASE("no body ends before it begins") {
    CHECK(BodyEnd{NoBody{}}.ended());
    CHECK(BodyEnd{Length{0}}.ended());
    CHECK(BodyEnd{NoBody{}}.take(as_bytes("GET /")) == 0);
}

TEST_CASE("a body of known length ends there") {
    BodyEnd body{Length{5}};
    CHECK(body.take(as_bytes("123")) == 3);
    CHECK_FALSE(body.ended());
    CHECK(body.take(as_bytes("45GET /")) == 2);
    CHECK(body.ended());
    BodyEnd endless{Length{std::numeric_limits<std::uint64_t>::max()}};
    CHECK(endless.take(as_bytes("123")) == 3);
    CHECK_FALSE(endless.ended());
}

TEST_CASE("a chunked body ends after its trailers, however it is split") {
    for (const auto& text :
         std::vector<std::string>{"0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n",
                                  "00000000000000aB;n=\"v;\t\"\r\n" + std::string(171, 'x') + "\r\n000\r\n\r\n",
                                  "1\r\n\r\r\n0;e\r\nX-T: v\r\ny:\r\n\r\n"}) {
        CHECK(chunked_size(text + "GET / HTTP/1.1\r\n") == text.size());
        for (std::size_t split = 0; split <= text.size(); ++split) {
            BodyEnd parts{Chunked{}};
            CHECK(parts.take(as_bytes(text).first(split)) == split);
            CHECK(parts.ended() == (split == text.size()));
            CHECK(parts.take(as_bytes(text + "GET").subspan(split)) == text.size() - split);
            CHECK(parts.ended());
        }
        BodyEnd dribbled{Chunked{}};
        for (const char c : text) CHECK(dribbled.take(as_bytes({&c, 1})) == 1);
        CHECK(dribbled.ended());
    }
}

TEST_CASE("a broken chunk framing is refused") {
    for (const auto* text : {"\r\n",
                             "x\r\n",
                             " 5\r\n",
                             "+5\r\n",
                             "-5\r\n",
                             "0x5\r\n",
                             "5 \r\nhello",
                             "5\nhello",
                             "5\rhello",
                             "5;a\nhello",
                             "5;a\x7f\r\n",
                             "0A;x=\"y;\r z\"\r\n",
                             "5\r\nhello5",
                             "5\r\nhello\n",
                             "5\r\nhello\rx",
                             ";a\r\n",
                             "00000000000000005\r\n",
                             "fffffffffffffffff\r\n",
                             "0\r\n\rx",
                             "0\r\n\n",
                             "0\r\nX : y\r\n\r\n",
                             "0\r\n: y\r\n\r\n",
                             "0\r\nX: y\n\r\n",
                             "0\r\n folded\r\n\r\n",
                             "0\r\nno colon\r\n\r\n"}) {
        INFO(text);
        CHECK(broken(text));
    }
    CHECK(broken(std::string("5;a\0\r\n", 6)));
}

TEST_CASE("extensions and trailers are bounded") {
    CHECK(chunked_size("0;" + std::string(1000, 'e') + "\r\n\r\n"));
    CHECK(broken("0;" + std::string(1024, 'e')));
    CHECK(broken("0\r\nX: " + std::string(16384, 'v')));
    std::string many = "0\r\n";
    for (int i = 0; i < 4000; ++i) many += "X: y\r\n";
    CHECK(broken(many));
}

TEST_CASE("the largest chunk size is not an overflow") {
    BodyEnd body{Chunked{}};
    CHECK(body.take(as_bytes("7fffffffffffffff\r\nabc")) == 21);
    CHECK_FALSE(body.ended());
}
