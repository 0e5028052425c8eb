#include "frames.h"
#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::http::websocket;
using namespace bascule::test;

namespace {

using namespace std::string_literals;

/// What is told last of one frame.
std::string last_told(bool up, const std::string& octets, std::string_view extensions = "") {
    const auto lines = told(up, octets, extensions);
    return lines.empty() ? "" : lines.back();
}

std::string close_payload(unsigned code, std::string_view reason = "") {
    return big_endian(code, 2) + std::string(reason);
}

}  // namespace

TEST_CASE("the examples of RFC 6455 section 5.7") {
    CHECK(told(false, "\x81\x05Hello") == Lines{"< text", "< = Hello", "< end 5 5"});
    CHECK(told(true, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") == Lines{"> text", "> = Hello", "> end 5 5"});
    CHECK(told(false, "\x01\x03Hel\x80\x02lo"s) == Lines{"< text", "< = Hello", "< end 5 5"});
    CHECK(told(false, "\x89\x05Hello") == Lines{"< ping Hello"});
    CHECK(told(true, "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") == Lines{"> pong Hello"});
    const std::string middle(256, 'm'), large(65536, 'l');
    CHECK(told(false, "\x82\x7e\x01\x00"s + middle) == Lines{"< binary", "< = " + middle, "< end 256 256"});
    CHECK(told(false, "\x82\x7f\0\0\0\0\0\x01\0\0"s + large) == Lines{"< binary", "< = " + large, "< end 65536 65536"});
}

TEST_CASE("frames are walked in any split, with control frames between fragments") {
    const auto octets = up(1, "first ") + up(kFin | 9, "are you there?") + up(0, "second ") + up(kFin | 10, "") +
                        up(kFin, "third") + up(kFin | 2, "") + up(kFin | 2, std::string(300, 'x')) +
                        up(kFin | 8, close_payload(1001, "gone")) + up(kFin | 10, "late");
    const Lines expected{"> text",
                         "> = first ",
                         "> ping are you there?",
                         "> = second ",
                         "> pong ",
                         "> = third",
                         "> end 18 18",
                         "> binary",
                         "> end 0 0",
                         "> binary",
                         "> = " + std::string(300, 'x'),
                         "> end 300 300",
                         "> close 1001 gone",
                         "> pong late"};
    CHECK(told(true, octets) == expected);
    for (std::size_t cut = 1; cut < octets.size(); ++cut) {
        INFO(cut);
        Feed feed;
        feed.take(true, octets.substr(0, cut)).take(true, octets.substr(cut));
        CHECK(feed.story.lines == expected);
    }
    Feed feed;
    CHECK(feed.one_by_one(true, octets).story.lines == expected);
    CHECK((feed.watched.totals(true).messages == 3 && feed.watched.totals(true).octets == 318));
    CHECK(feed.watched.close_code() == 1001);
}

TEST_CASE("the two directions do not disturb each other") {
    Feed feed;
    const auto question = up(kFin | 1, "question");
    feed.take(true, question.substr(0, 9)).take(false, down(kFin | 2, "answer")).take(true, question.substr(9));
    feed.take(false, down(kFin | 8, ""));
    CHECK(feed.story.lines ==
          Lines{"> text", "> = que", "< binary", "< = answer", "< end 6 6", "> = stion", "> end 8 8", "< close 1005 "});
    feed.take(true, up(kFin | 8, close_payload(1000)));
    CHECK(feed.watched.close_code() == 1005);
    CHECK((feed.watched.totals(true).octets == 8 && feed.watched.totals(false).octets == 6));
}

TEST_CASE("payload that nobody wants is counted only, and nothing is kept for it") {
    Feed feed("permessage-deflate", false);
    feed.take(true, up(kFin | 1, "Hello")).take(false, down(kFin | kRsv1 | 2, "not even compressed"));
    feed.take(false, down(kFin | 9, "ping"));
    CHECK(feed.story.lines == Lines{"> text", "> end 5 5", "< binary", "< end 19 ?", "< ping ping"});
    CHECK(sizeof(Watched) < 200);
}

TEST_CASE("a payload comes in pieces as it passes, unmasked in at most 4 KiB") {
    const std::string large(1_MiB + 5, 'l');
    Feed feed;
    feed.take(true, up(kFin | 2, large));
    CHECK(feed.story.lines == Lines{"> binary", "> = " + large, "> end 1048581 1048581"});
    CHECK(feed.story.largest == 4_KiB);
}

TEST_CASE("what breaks a rule is told once, with its section, and nothing after it") {
    const std::string some(126, 'x');
    struct Case {
        bool up;
        std::string octets;
        const char* section;
    };
    const std::vector<Case> cases{
        {true, down(kFin | 1, "x"), "5.1"},
        {false, up(kFin | 1, "x"), "5.1"},
        {true, up(kFin | kRsv1 | 1, "x"), "5.2"},
        {true, up(kFin | 0x20 | 1, "x"), "5.2"},
        {false, down(kFin | 0x10 | 1, "x"), "5.2"},
        {false, "\x82\x7e\x00\x7d"s, "5.2"},
        {false, "\x82\x7f\0\0\0\0\0\0\xff\xff"s, "5.2"},
        {false, "\x82\x7f\x80\0\0\0\0\0\0\0"s, "5.2"},
        {true, up(kFin, "x"), "5.4"},
        {true, up(1, "x") + up(kFin | 1, "x"), "5.4"},
        {true, up(1, "x") + up(kFin, "x") + up(kFin, "x"), "5.4"},
        {false, down(9, "x"), "5.5"},
        {false, down(8, ""), "5.5"},
        {false, down(kFin | 9, some), "5.5"},
        {true, up(kFin | 8, "x"), "5.5.1"},
        {true, up(kFin | 8, "") + up(kFin | 1, "x"), "5.5.1"},
    };
    for (const auto& [is_up, octets, section] : cases) {
        INFO(section << " " << to_hex(as_bytes(octets)));
        for (const bool whole : {true, false}) {
            Feed feed;
            const auto& lines = (whole ? feed.take(is_up, octets) : feed.one_by_one(is_up, octets)).story.lines;
            CHECK_THAT(lines.back(), test::EndsWith("(RFC 6455 section "s + section + ")"));
            CHECK_THAT(lines.back(), test::Contains(is_up ? "> fault: " : "< fault: "));
            CHECK(feed.watched.stopped());
            const auto count = lines.size();
            feed.take(is_up, octets).take(!is_up, frame(!is_up, kFin | 1, "x"));
            CHECK(lines.size() == count);
        }
    }
}

TEST_CASE("only the opcodes that RFC 6455 defines are known") {
    for (int opcode = 1; opcode < 16; ++opcode) {
        const bool known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
        INFO(opcode);
        CHECK((last_told(true, up(kFin | opcode, "")).find("fault") == std::string::npos) == known);
    }
}

TEST_CASE("only codes that may be sent close") {
    const auto legal = [](unsigned code) {
        return last_told(true, up(kFin | 8, close_payload(code))) == fmt::format("> close {} ", code);
    };
    for (const unsigned code : {1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4000, 4999}) CHECK(legal(code));
    for (const unsigned code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535})
        CHECK_FALSE(legal(code));
    CHECK(last_told(false, down(kFin | 8, "")) == "< close 1005 ");
    CHECK(last_told(false, down(kFin | 8, close_payload(1000, std::string(123, 'r')))) ==
          "< close 1000 " + std::string(123, 'r'));
    CHECK(told(true, up(kFin | 8, "") + up(kFin | 8, "")).size() == 1);
}

TEST_CASE("lengths are written in the octets they need") {
    for (const std::size_t size : {125, 126, 127, 65535, 65536}) {
        CHECK(last_told(false, down(kFin | 2, std::string(size, 'x'))) == fmt::format("< end {0} {0}", size));
    }
    Feed feed("", false);
    feed.take(false, "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s + std::string(1000, 'x'));
    CHECK((!feed.watched.stopped() && feed.watched.totals(false).octets == 1000));
}
