#include "h2/wire.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace bascule;
using namespace bascule::http;
using namespace bascule::http::h2;
using namespace bascule::http::h2::testing;
using test::Contains;

namespace {

constexpr int kLast = kEndStream | kEndHeaders;
const std::string kGetLine = "1 2 GET https x.test /a?b []";

struct Chunk {
    bool up;
    std::string octets;
};
using Script = std::vector<Chunk>;

/// What stands in front of every conversation.
Script greeting() {
    return {{true, std::string(kPreface) + settings()}, {false, settings() + ack()}, {true, ack()}};
}

/// Padding before and after, as PADDED has it.
std::string padded(std::string_view content, int padding) {
    return static_cast<char>(padding) + std::string(content) + std::string(static_cast<std::size_t>(padding), '\0');
}

/// A conversation with all that a walker knows.
Script everything() {
    Feed peers;
    auto script = greeting();
    const auto block = peers.client.block(Feed::get_fields("POST", {{"content-length", "10"}, {"cookie", "a=b"}}));
    script.push_back({true, frame(Type::headers, 0, 1, block.substr(0, 5)) +
                                frame(Type::continuation, 0, 1, block.substr(5, 3)) +
                                frame(Type::continuation, kEndHeaders, 1, block.substr(8))});
    script.push_back({true, data(1, "01234") + window(0, 1000) + data(1, padded("56789", 7), kPadded)});
    script.push_back({true, frame(Type::headers, kLast, 1, peers.client.block({{"x-sum", "7"}}))});
    script.push_back({false, peers.answer(1, "103", {{"link", "</s>"}}) + peers.ok(1, {{"server", "s"}})});
    script.push_back({true, frame(0x42, 0, 3, "what is this") + frame(Type::ping, 0, 0, "12345678")});
    script.push_back({false, frame(Type::ping, kAck, 0, "12345678") + data(1, "answer") + data(1, "", kEndStream)});
    const auto priority = number(0, 4) + "\x10";
    const auto second = padded(priority + peers.client.block(Feed::get_fields("GET")), 3);
    script.push_back({true, frame(Type::headers, kLast | kPadded | kPriority, 3, second) + rst(3, 8)});
    script.push_back({false, peers.ok(3) + data(3, "in vain")});
    script.push_back({false, goaway(3, 0, "bye")});
    return script;
}

struct Outcome {
    Lines lines;
    std::string up, down, fault;
    bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(const Feed& feed) {
    return {feed.story.lines, feed.passed_up, feed.passed_down, feed.fault()};
}

/// The script with one of its chunks cut in two.
Outcome play_cut(const Script& script, std::size_t chunk, std::size_t cut) {
    Feed feed;
    for (std::size_t i = 0; i < script.size(); ++i) {
        const auto& [up, octets] = script[i];
        if (i == chunk) feed.say(up, octets.substr(0, cut));
        feed.say(up, i == chunk ? octets.substr(cut) : octets);
    }
    return outcome_of(feed);
}

Outcome play_singly(const Script& script) {
    Feed feed;
    for (const auto& [up, octets] : script) {
        for (const char octet : octets) feed.say(up, {&octet, 1});
    }
    return outcome_of(feed);
}

}  // namespace

TEST_CASE("an exchange is told as it passes") {
    Feed feed;
    feed.greet();
    CHECK(feed.walker->all_whole());
    const auto get = feed.get(1, {{"accept", "*/*"}});
    feed.up(get);
    CHECK_FALSE(feed.walker->all_whole());
    const auto answer = feed.ok(1, {{"content-length", "3"}});
    feed.down(answer).down(data(1, "abc", kEndStream));
    CHECK(feed.story.lines == Lines{"1 2 GET https x.test /a?b [accept=*/*;]", "1 > end", "1 2 200 [content-length=3;]",
                                    "1 < \"abc\"", "1 < end"});
    CHECK(feed.story.head_bytes == get.size() + answer.size());
    CHECK(feed.walker->all_whole());
    CHECK(feed.walker->last_words({.what = "why", .code = 1}, true) == goaway(1, 1, "why"));
    CHECK(feed.walker->last_words({.what = "why", .code = 1}, false) == goaway(0, 1, "why"));
    CHECK(feed.passed_down.ends_with(data(1, "abc", kEndStream)));
    CHECK(feed.fault().empty());
}

TEST_CASE("wherever a conversation is cut, the same is told, and all octets pass as they came") {
    const auto script = everything();
    const auto whole = play_cut(script, script.size(), 0);
    std::string up, down;
    for (const auto& chunk : script) (chunk.up ? up : down) += chunk.octets;
    CHECK(whole.fault.empty());
    CHECK(whole.up == up);
    CHECK(whole.down == down);
    CHECK(whole.lines == Lines{"1 2 POST https x.test /a?b [content-length=10;cookie=a=b;]", "1 > \"0123456789\"",
                               "1 > trailers [x-sum=7;]", "1 > end", "1 informs 103 [link=</s>;]",
                               "1 2 200 [server=s;]", "1 < \"answer\"", "1 < end", "3 2 GET https x.test /a?b []",
                               "3 > end", "3 > reset 8"});
    for (std::size_t chunk = 0; chunk < script.size(); ++chunk) {
        for (std::size_t cut = 1; cut < script[chunk].octets.size(); ++cut) {
            if (!(play_cut(script, chunk, cut) == whole)) FAIL("chunk " << chunk << " cut at " << cut);
        }
    }
    CHECK(play_singly(script) == whole);
}

TEST_CASE("a header block is held until it is whole, and content is not held") {
    Feed feed;
    feed.greet();
    const auto post = feed.post(1);
    const auto before = feed.passed_up;
    feed.up(post.substr(0, post.size() - 1));
    CHECK(feed.passed_up == before);
    CHECK(feed.walker->in_head(true));
    CHECK_FALSE(feed.walker->last_words({}, false).empty());
    feed.up(post.substr(post.size() - 1));
    CHECK_FALSE(feed.walker->in_head(true));
    feed.up(data(1, "0123456789").substr(0, 12));
    CHECK(feed.held(true).empty());
    CHECK(feed.walker->last_words({}, false).empty());
    CHECK_FALSE(feed.walker->last_words({}, true).empty());
    CHECK(feed.story.lines.back() == "1 > \"012\"");
    feed.up("3456789");
    CHECK_FALSE(feed.walker->last_words({}, false).empty());
}

TEST_CASE("a small frame is held until it is whole") {
    Feed feed;
    feed.greet();
    const auto before = feed.passed_up;
    feed.up(window(0, 100).substr(0, 12));
    CHECK(feed.passed_up == before);
    CHECK_FALSE(feed.walker->in_head(true));
}

TEST_CASE("padding is not content") {
    Feed feed;
    feed.greet();
    feed.up(feed.post(1, {{"content-length", "2"}}));
    feed.up(data(1, padded("ab", 200), kPadded) + data(1, padded("", 9), kPadded | kEndStream));
    CHECK(feed.story.lines == Lines{"1 2 POST https x.test /a?b [content-length=2;]", "1 > \"ab\"", "1 > end"});
    CHECK(feed.fault().empty());
}

TEST_CASE("answers without content may name its length") {
    Feed feed;
    feed.greet();
    feed.up(frame(Type::headers, kLast, 1, feed.client.block(Feed::get_fields("HEAD")))).up(feed.get(3));
    feed.down(feed.ok(1, {{"content-length", "5"}}, kLast));
    feed.down(feed.answer(3, "304", {{"content-length", "5"}}) + data(3, "", kEndStream));
    CHECK(feed.fault().empty());
    CHECK(feed.walker->all_whole());
}

TEST_CASE("an answer may end before its request, whose rest is then reset") {
    Feed feed;
    feed.greet();
    feed.up(feed.post(1)).down(feed.answer(1, "413", {}, kLast));
    CHECK_FALSE(feed.walker->all_whole());
    feed.down(rst(1, 0)).up(data(1, "in flight"));
    CHECK(feed.story.lines == Lines{"1 2 POST https x.test /a?b []", "1 2 413 []", "1 < end", "1 < reset 0"});
    CHECK(feed.walker->all_whole());
    CHECK(feed.fault().empty());
}

TEST_CASE("what is in flight when a stream is reset passes, is not told, and is decompressed") {
    Feed feed;
    feed.greet();
    feed.up(feed.get(1) + rst(1, 8));
    feed.down(feed.ok(1, {{"x-new", "kept in the table"}}) + data(1, "abc", kEndStream) + window(1, 5));
    CHECK(feed.story.lines == Lines{kGetLine, "1 > end", "1 > reset 8"});
    feed.up(feed.get(3)).down(feed.ok(3, {{"x-new", "kept in the table"}}, kLast));
    CHECK(feed.story.lines.back() == "3 < end");
    CHECK(feed.story.lines[feed.story.lines.size() - 2] == "3 2 200 [x-new=kept in the table;]");
    CHECK(feed.fault().empty());
    CHECK(feed.held(false).empty());
}

TEST_CASE("the newest thousand streams that are given up are remembered") {
    Feed feed;
    feed.greet();
    for (std::uint32_t id = 1; id < 4 * 1026; id += 4) {
        feed.up(feed.get(id) + rst(id, 8) + feed.get(id + 2)).down(feed.ok(id + 2, {}, kLast));
    }
    for (const std::uint32_t id : {9, 4 * 1024 + 1, 4 * 1025 + 1}) feed.down(feed.ok(id, {}, kLast));
    CHECK(feed.fault().empty());
    feed.down(feed.ok(1, {}, kLast));
    CHECK(feed.code() == Code::stream_closed);
}

TEST_CASE("trailers without a field end the stream and are not told") {
    Feed feed;
    feed.greet();
    feed.up(feed.post(1) + frame(Type::headers, kLast, 1, ""));
    CHECK(feed.story.lines == Lines{"1 2 POST https x.test /a?b []", "1 > end"});
}

TEST_CASE("the bit before a stream's number means nothing") {
    Feed feed;
    feed.greet();
    feed.up(feed.post(1) + data(0x80000001, "abc") + window(0x80000000, 0x80000005));
    CHECK(feed.story.lines.back() == "1 > \"abc\"");
    CHECK(feed.fault().empty());
}

TEST_CASE("a stream that is reset while a frame of its content passes is told no more") {
    Feed feed;
    feed.greet();
    feed.up(feed.get(1)).down(feed.ok(1) + data(1, "0123456789", kEndStream).substr(0, 12));
    feed.up(rst(1, 8)).down("3456789");
    CHECK(feed.story.lines == Lines{kGetLine, "1 > end", "1 2 200 []", "1 < \"012\"", "1 > reset 8"});
    CHECK_FALSE(feed.walker->last_words({}, true).empty());
    CHECK(feed.fault().empty());
}

TEST_CASE("an answer is whole once all that it said of its content has passed, if the client leaves then") {
    const auto has_end = [](auto... told) {
        Feed feed;
        feed.greet().up(feed.get(1)).down(feed.ok(1, {{"content-length", "4"}}));
        (feed.down(told), ...);
        feed.up(rst(1, 5));
        return feed.story.lines.back() == "1 < end";  // and not reset after it
    };
    CHECK(has_end(data(1, "0123")));
    CHECK(has_end(data(1, "01"), data(1, "23")));
    CHECK(has_end(data(1, "0123", kEndStream)));
    CHECK_FALSE(has_end(data(1, "01")));
    CHECK_FALSE(has_end(data(1, "0123").substr(0, 11)));  // of a frame that has begun
    CHECK_FALSE(has_end());
}

TEST_CASE("an answer that does not say how long it is ends by END_STREAM only") {
    Feed feed;
    feed.greet().up(feed.get(1)).down(feed.ok(1) + data(1, "0123")).up(rst(1, 5));
    CHECK(feed.story.lines == Lines{kGetLine, "1 > end", "1 2 200 []", "1 < \"0123\"", "1 > reset 5"});
}

TEST_CASE("both sides may reset a stream at once") {
    Feed feed;
    feed.greet();
    feed.up(feed.post(1) + rst(1, 8)).down(rst(1, 2) + rst(1, 2));
    CHECK(feed.story.lines == Lines{"1 2 POST https x.test /a?b []", "1 > reset 8"});
    CHECK(feed.fault().empty());
}

TEST_CASE("what is opened after a GOAWAY passes and is not told, what it leaves out is given up") {
    Feed feed;
    feed.greet();
    feed.up(feed.get(1) + feed.get(3)).down(goaway(1, 0, "maintenance") + goaway(kLargestId, 0, "or not"));
    feed.up(feed.get(5, {{"x-new", "kept"}}, kEndHeaders) + data(5, "in vain", kEndStream));
    feed.down(feed.ok(1, {}, kLast));
    CHECK(feed.story.lines == Lines{kGetLine, "1 > end", "3 2 GET https x.test /a?b []", "3 > end", "3 < reset 7",
                                    "1 2 200 []", "1 < end"});
    CHECK(feed.walker->all_whole());
    CHECK(feed.fault().empty());
    CHECK(feed.held(true).empty());
}

TEST_CASE("a push is an exchange of its own") {
    Feed feed;
    feed.greet();
    feed.up(feed.get(1));
    feed.down(frame(Type::push_promise, kEndHeaders, 1, number(2, 4) + feed.origin.block(Feed::get_fields("GET"))));
    feed.down(feed.ok(1, {}, kLast) + feed.ok(2) + data(2, "pushed", kEndStream));
    CHECK(feed.story.lines == Lines{kGetLine, "1 > end", "2 2 GET https x.test /a?b []", "2 > end", "1 2 200 []",
                                    "1 < end", "2 2 200 []", "2 < \"pushed\"", "2 < end"});
    CHECK(feed.walker->all_whole());
    CHECK(feed.fault().empty());
}

TEST_CASE("a push may come after its stream was cancelled, and be cancelled itself") {
    Feed feed;
    feed.greet();
    feed.up(feed.get(1) + rst(1, 8));
    feed.down(frame(Type::push_promise, kEndHeaders, 1, number(2, 4) + feed.origin.block(Feed::get_fields("GET"))));
    feed.up(rst(2, 8)).down(feed.ok(2) + data(2, "in vain", kEndStream));
    CHECK(feed.story.lines ==
          Lines{kGetLine, "1 > end", "1 > reset 8", "2 2 GET https x.test /a?b []", "2 > end", "2 > reset 8"});
    CHECK(feed.fault().empty());
}

TEST_CASE("CONNECT is told with its target, and its octets as content") {
    Feed feed;
    feed.greet();
    feed.up(frame(Type::headers, kEndHeaders, 1, feed.client.block({{":method", "CONNECT"}, {":authority", "y:25"}})));
    feed.down(feed.ok(1) + data(1, "220")).up(data(1, "EHLO", kEndStream)).down(data(1, "", kEndStream));
    CHECK(feed.story.lines ==
          Lines{"1 2 CONNECT  y:25 y:25 []", "1 2 200 []", "1 < \"220\"", "1 > \"EHLO\"", "1 > end", "1 < end"});
    CHECK(feed.fault().empty());
}

TEST_CASE("an extended CONNECT passes where the origin has announced it") {
    const Fields fields = Feed::get_fields("CONNECT", {{":protocol", "websocket"}});
    Feed feed;
    feed.greet({}, setting(8, 1));
    feed.up(frame(Type::headers, kEndHeaders, 1, feed.client.block(fields))).down(feed.ok(1) + data(1, "ws"));
    CHECK(feed.story.lines ==
          Lines{"1 2 CONNECT https x.test /a?b []", "1 wants websocket", "1 2 200 []", "1 < \"ws\""});
    Feed other;
    other.greet();
    other.up(frame(Type::headers, kEndHeaders, 1, other.client.block(fields)));
    CHECK_THAT(other.fault(), Contains("RFC 8441 section 3"));
}

// --- Compression and settings --------------------------------------------------------------------------------------

TEST_CASE("a smaller table counts from the acknowledgement on, in the order of the announcements") {
    Feed feed;
    feed.greet();
    feed.up(feed.get(1, {{"x-a", "in the table"}}));
    feed.down(settings(setting(1, 0)) + settings(setting(1, 4096)));
    feed.up(feed.get(3, {{"x-a", "in the table"}}));  // not acknowledged yet: the old table
    feed.client.limit(0);
    feed.up(ack() + feed.get(5, {{"x-a", "in the table"}}));
    feed.client.limit(4096);
    feed.up(ack() + feed.get(7, {{"x-a", "in the table"}}) + feed.get(9, {{"x-a", "in the table"}}));
    CHECK(feed.fault().empty());
    CHECK(feed.story.lines.size() == 10);
    CHECK(feed.story.lines[8] == "9 2 GET https x.test /a?b [x-a=in the table;]");
}

TEST_CASE("an encoder that ignores the smaller table it acknowledged is refused") {
    Feed feed;
    feed.greet({}, setting(1, 0));
    feed.up(feed.get(1));
    CHECK_THAT(feed.fault(), Contains("RFC 7541"));
    CHECK(feed.code() == Code::compression_error);
}

TEST_CASE("the smallest table of one SETTINGS must be confirmed though a larger follows in it") {
    Feed feed;
    feed.greet({}, setting(1, 0) + setting(1, 4096));
    feed.up(feed.get(1));
    CHECK(feed.code() == Code::compression_error);
    Feed other;
    other.greet({}, setting(1, 0) + setting(1, 4096));
    other.client.limit(0);
    other.client.limit(4096);
    other.up(other.get(1));
    CHECK(other.fault().empty());
}

TEST_CASE("a larger table may be used once it is acknowledged, up to a bound") {
    const Fields many = [] {
        Fields fields;
        for (int i = 0; i < 200; ++i) fields.push_back({fmt::format("x-{}", i), std::string(50, 'v')});
        return fields;
    }();
    Feed feed;
    feed.greet({}, setting(1, 65536));
    feed.client.limit(65536);
    feed.up(feed.get(1, many) + feed.get(3, many));
    CHECK(feed.fault().empty());
    CHECK(feed.story.lines.size() == 4);
    Feed other;
    other.greet({}, setting(1, 1 << 20));
    other.up(frame(Type::headers, kLast, 1, "\x3f\xe1\xff\x3f\x82"));  // a table of 1 MiB
    CHECK_THAT(other.fault(), Contains("256 KiB"));
    CHECK(other.walker->fault()->kind == Fault::Kind::flood);
}

TEST_CASE("the receiver decides how large a frame may be") {
    Feed feed;
    feed.greet(setting(5, 20000), {});
    feed.up(feed.post(1)).down(feed.ok(1) + data(1, std::string(20000, 'x')));
    CHECK(feed.fault().empty());
    const auto before = feed.passed_up;
    feed.up(data(1, std::string(16385, 'x')));
    CHECK(feed.code() == Code::frame_size_error);
    CHECK(feed.passed_up == before);
}

// --- Endings -------------------------------------------------------------------------------------------------------

TEST_CASE("a connection that ends within a frame that is held is at fault, between frames it is not") {
    Feed feed;
    feed.greet().end(true);
    CHECK(feed.fault().empty());
    Feed other;
    other.greet().up(other.get(1).substr(0, 14)).end(true);
    CHECK_THAT(other.fault(), Contains("ends within a frame"));
}

TEST_CASE("after a fault nothing is admitted in either direction") {
    Feed feed;
    feed.greet();
    feed.up(feed.post(1));
    const auto up = feed.passed_up, down = feed.passed_down;
    feed.up(data(0, "x") + data(1, "x")).down(feed.ok(1));
    CHECK(feed.passed_up == up);
    CHECK(feed.passed_down == down);
    CHECK(feed.walker->fault()->up);
    CHECK(feed.walker->fault()->kind == Fault::Kind::ambiguous);
}

TEST_CASE("what a fault leaves unanswered is known") {
    Feed feed;
    feed.greet().up(data(0, "x"));
    CHECK(feed.walker->fault()->answer == Fault::Answer::none);
    Feed due;
    due.greet();
    due.up(due.post(1) + data(1, "x", kEndStream) + data(1, "y"));
    CHECK(due.walker->fault()->answer == Fault::Answer::due);
    Feed begun;
    begun.greet();
    begun.up(begun.post(1)).down(begun.ok(1, {{"content-length", "2"}}) + data(1, "abc"));
    CHECK(begun.walker->fault()->answer == Fault::Answer::begun);
    CHECK_FALSE(begun.walker->fault()->up);
    CHECK(begun.walker->fault()->status == 502);
}

TEST_CASE("a GOAWAY of the proxy's own is a frame") {
    const auto octets = goaway(7, 11, "why");
    CHECK(octets == frame(Type::goaway, 0, 0, number(7, 4) + number(11, 4) + "why"));
}

// --- h2c by Upgrade (RFC 7540 section 3.2) -------------------------------------------------------------------------

TEST_CASE("the request of an upgrade is stream 1, and whole") {
    Feed feed;
    feed.upgrade(false, setting(3, 100)).down(settings());
    CHECK_FALSE(feed.walker->all_whole());
    feed.up(std::string(kPreface) + settings() + ack()).down(ack() + feed.ok(1) + data(1, "abc", kEndStream));
    CHECK(feed.story.lines == Lines{"1 2 200 []", "1 < \"abc\"", "1 < end"});
    CHECK(feed.walker->all_whole());
    feed.up(feed.get(3));
    CHECK(feed.fault().empty());
    feed.up(feed.get(1));
    CHECK(feed.code() == Code::stream_closed);
}

TEST_CASE("the answer to an upgraded HEAD has no content, and its client no content to add") {
    Feed head;
    head.upgrade(true, {}).down(settings() + head.ok(1, {{"content-length", "3"}}, kLast));
    CHECK(head.fault().empty());
    Feed content;
    content.upgrade(true, {}).down(settings() + content.ok(1) + data(1, "abc", kEndStream));
    CHECK_THAT(content.fault(), Contains("that has none"));
    Feed more;
    more.upgrade(false, {}).up(std::string(kPreface) + settings() + data(1, "abc"));
    CHECK(more.code() == Code::stream_closed);
}

TEST_CASE("what the client announces in its upgrade counts for the origin's first block") {
    const Fields large{{"x", std::string(5000, 'v')}};
    Feed feed;
    feed.upgrade(false, setting(1, 8192));
    feed.origin.limit(8192);
    feed.down(settings() + feed.ok(1, large, kLast)).up(std::string(kPreface) + settings() + feed.get(3));
    feed.down(feed.ok(3, large, kLast));
    CHECK(feed.fault().empty());
    CHECK(feed.story.lines.back() == "3 < end");
    Feed unread;
    unread.upgrade(false, setting(1, 0)).down(settings() + unread.ok(1, {}, kLast));
    CHECK(unread.code() == Code::compression_error);
    Feed wrong;
    wrong.upgrade(false, setting(5, 1));
    CHECK(wrong.walker->fault()->up);
    CHECK_FALSE(wrong.walker->last_words(*wrong.walker->fault(), true).empty());
}
