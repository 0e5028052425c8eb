#include "http/h1/response_head.h"

#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::http;

namespace {

std::variant<NeedMore, ResponseHead, BadHead> parse(const std::string& text) {
    return parse_response_head(as_bytes(text));
}

bool is_bad(const std::string& text) {
    return std::holds_alternative<BadHead>(parse(text));
}

}  // namespace

TEST_CASE("the head of an answer says its status, and the length of what follows if it knows") {
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Type: x\r\nContent-Length:  12 \r\n\r\nthe content";
    const auto head = std::get<ResponseHead>(parse(text));
    CHECK(head.status == 200);
    CHECK(head.length == 12U);
    CHECK(text.substr(head.size) == "the content");
    const auto bare = std::get<ResponseHead>(parse("HTTP/1.0 404\r\n\r\n"));
    CHECK(bare.status == 404);
    CHECK_FALSE(bare.length);
    for (std::size_t size = 0; size < head.size; ++size) {
        CHECK(std::holds_alternative<NeedMore>(parse(text.substr(0, size))));
    }
}

TEST_CASE("a head that is not strictly one is bad") {
    CHECK(is_bad("SSH-2.0-x\r\n\r\n"));
    CHECK(is_bad("HTTP/2 200 OK\r\n\r\n"));
    CHECK(is_bad("HTTP/1.1 2000 OK\r\n\r\n"));
    CHECK(is_bad("HTTP/1.1 -20 OK\r\n\r\n"));
    CHECK(is_bad("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"));
    CHECK(is_bad("HTTP/1.1 200 OK\r\nA : b\r\n\r\n"));
    CHECK(is_bad("HTTP/1.1 200 OK\r\n folded\r\n\r\n"));
    CHECK(is_bad("HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n"));
    CHECK(is_bad("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
    CHECK(is_bad("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"));
    for (const auto* length : {"-1", "+1", "1x", "", "1,1", "99999999999999999999"}) {
        CHECK(is_bad(std::string("HTTP/1.1 200 OK\r\nContent-Length: ") + length + "\r\n\r\n"));
    }
    CHECK(is_bad("HTTP/1.1 200 OK\r\n" + std::string(20'000, 'a')));
}
