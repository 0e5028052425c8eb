#include "proxy/http/content/message_copy.h"

#include "tests/support/catch.h"

#include <array>
#include <memory>
#include <vector>

using namespace bascule;
using namespace bascule::proxy;

namespace {

/// gzip of "hello " twenty times.
constexpr std::array<std::uint8_t, 29> kHellos{0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
                                               0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0xa0, 0x3b, 0x09,
                                               0x00, 0x2f, 0xfa, 0xf8, 0x48, 0x78, 0x00, 0x00, 0x00};

inspect::MessageHead head_with(inspect::HeaderFields fields) {
    inspect::MessageHead head;
    head.status = 200;
    head.fields = std::move(fields);
    head.octets = 100;
    return head;
}

}  // namespace

TEST_CASE("A copy holds the first of the content and counts the rest") {
    Room room{.body = 8, .left = 1000};
    MessageCopy copy(room, inspect::Direction::down);
    copy.begin(head_with({}));
    copy.take(as_bytes("0123456"));
    copy.take(as_bytes("789"));
    CHECK_FALSE(copy.message().whole);
    copy.end();
    CHECK(copy.message().body == "01234567");
    CHECK(copy.message().body_bytes == 10);
    CHECK(copy.message().dropped == 2);
    CHECK_FALSE(copy.message().decoded_bytes);
    CHECK(copy.message().undecoded.empty());
    CHECK(copy.message().whole);
}

TEST_CASE("What one connection gathers is bounded, and room comes back") {
    Room room{.body = 1000, .left = 105};
    {
        MessageCopy copy(room, inspect::Direction::up);
        copy.begin(head_with({}));
        copy.take(as_bytes("0123456789"));
        CHECK(copy.message().body == "01234");
        CHECK(copy.message().dropped == 5);
        CHECK(room.left == 0);
        MessageCopy other(room, inspect::Direction::up);
        other.begin(head_with({}));
        other.take(as_bytes("x"));
        CHECK(other.message().dropped == 1);
    }
    CHECK(room.left == 105);
}

TEST_CASE("A coding that is not known leaves the content as it was sent, and says so") {
    Room room{.body = 1000, .left = 1000};
    MessageCopy copy(room, inspect::Direction::down);
    copy.begin(head_with({{"Content-Encoding", "x-odd"}}));
    copy.take(as_bytes("abc"));
    CHECK(copy.message().body == "abc");
    CHECK(copy.message().undecoded == "its coding is not known: x-odd");
    CHECK_FALSE(copy.message().decoded_bytes);
}

TEST_CASE("A coding that breaks off leaves what was read of it, and says why") {
    Room room{.body = 1000, .left = 1000};
    MessageCopy copy(room, inspect::Direction::down);
    copy.begin(head_with({{"content-encoding", "gzip"}}));
    copy.take(as_bytes("this is no gzip"));
    copy.end();
    CHECK(copy.message().body.empty());
    CHECK_FALSE(copy.message().undecoded.empty());
    CHECK(copy.message().body_bytes == 15);
    CHECK_FALSE(copy.message().decoded_bytes);
}

TEST_CASE("Content is decoded over any split, up to the bound, and counted to its end") {
    for (std::size_t split = 0; split <= kHellos.size(); ++split) {
        Room room{.body = 11, .left = 1000};
        MessageCopy copy(room, inspect::Direction::down);
        copy.begin(head_with({{"Content-Encoding", "gzip"}}));
        copy.take(ByteView(kHellos).first(split));
        copy.take(ByteView(kHellos).subspan(split));
        copy.end();
        CHECK(copy.message().body == "hello hello");
        CHECK(copy.message().body_bytes == kHellos.size());
        CHECK(copy.message().decoded_bytes == 120);
        CHECK(copy.message().dropped == 109);
        CHECK(copy.message().undecoded.empty());
    }
}

TEST_CASE("Only so many contents are decoded at once on one worker") {
    Room room{.body = 10, .left = 1'000'000};
    std::vector<std::unique_ptr<MessageCopy>> copies;
    for (int i = 0; i < 65; ++i) {
        copies.push_back(std::make_unique<MessageCopy>(room, inspect::Direction::down));
        copies.back()->begin(head_with({{"content-encoding", "gzip"}}));
        copies.back()->take(ByteView(kHellos).first(20));
    }
    CHECK(copies[63]->message().undecoded.empty());
    CHECK(copies[64]->message().undecoded == "too much is decoded at once");
    copies[0]->end();
    copies[64] = std::make_unique<MessageCopy>(room, inspect::Direction::down);
    copies[64]->begin(head_with({{"content-encoding", "gzip"}}));
    copies[64]->take(ByteView(kHellos).first(20));
    CHECK(copies[64]->message().undecoded.empty());
}
