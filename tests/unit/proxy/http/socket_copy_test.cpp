#include "proxy/http/content/socket_copy.h"

#include "tests/support/catch.h"

#include <vector>

using namespace bascule;
using namespace bascule::proxy;
using Opcode = http::websocket::Opcode;
using Kind = inspect::SocketMessage::Kind;

TEST_CASE("Messages of both directions are handed out whole, each as it ends") {
    std::vector<inspect::SocketMessage> seen;
    SocketCopy copy(100, [&](const inspect::SocketMessage& message) { seen.push_back(message); });
    copy.begin(true, Opcode::text);
    copy.take(true, as_bytes("hel"));
    copy.begin(false, Opcode::binary);
    copy.take(false, as_bytes("down"));
    copy.end(false, {.octets = 4, .decoded = 4});
    copy.take(true, as_bytes("lo"));
    copy.end(true, {.octets = 7, .decoded = 5});
    REQUIRE(seen.size() == 2);
    CHECK((seen[0].direction == inspect::Direction::down && seen[0].kind == Kind::binary && seen[0].body == "down"));
    CHECK((seen[1].direction == inspect::Direction::up && seen[1].kind == Kind::text && seen[1].body == "hello"));
    CHECK(seen[1].octets == 7);
    CHECK(seen[1].dropped == 0);
}

TEST_CASE("Of a long message the first is kept, and the rest counted") {
    std::vector<inspect::SocketMessage> seen;
    SocketCopy copy(4, [&](const inspect::SocketMessage& message) { seen.push_back(message); });
    copy.begin(true, Opcode::text);
    for (int i = 0; i < 3; ++i) copy.take(true, as_bytes("abc"));
    copy.end(true, {.octets = 9, .decoded = 9});
    copy.begin(true, Opcode::text);
    copy.take(true, as_bytes("next"));
    copy.end(true, {.octets = 4, .decoded = 4});
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].body == "abca");
    CHECK(seen[0].dropped == 5);
    CHECK(seen[1].body == "next");
    CHECK(seen[1].dropped == 0);
}

TEST_CASE("A message that cannot be read is missing whole; a Close has its code and reason") {
    std::vector<inspect::SocketMessage> seen;
    SocketCopy copy(100, [&](const inspect::SocketMessage& message) { seen.push_back(message); });
    copy.begin(false, Opcode::text);
    copy.end(false, {.octets = 30, .decoded = {}});
    copy.close(false, 1001, "going away");
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].dropped == 30);
    CHECK((seen[1].kind == Kind::close && seen[1].close_code == 1001 && seen[1].body == "going away"));
}
