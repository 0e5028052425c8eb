#include "h2/wire.h"
#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::http;
using namespace bascule::http::h2;
using namespace bascule::http::h2::testing;
using test::Contains;
using namespace std::chrono_literals;

namespace {

constexpr int kLast = kEndStream | kEndHeaders;

/// Whether so many of these end the connection. Every one is made anew.
template <class Make>
bool ends_after(Feed& feed, bool up, int most, Make make) {
    for (int i = 0; i < most && feed.fault().empty(); ++i) feed.say(up, make());
    return !feed.fault().empty();
}

void check_flood(const Feed& feed, const std::string& name) {
    CHECK_THAT(feed.fault(), Contains(name));
    CHECK(feed.code() == Code::enhance_your_calm);
    if (feed.walker->fault()) CHECK(feed.walker->fault()->kind == Fault::Kind::flood);
}

std::uint32_t next_id(std::uint32_t& id) {
    return id += 2;
}

}  // namespace

TEST_CASE("a client that cancels all it asks ends the connection, one that cancels a page does not") {
    Feed feed;
    feed.greet();
    std::uint32_t id = 1;
    const auto cancelled = [&] { return feed.get(next_id(id)) + rst(id, 8); };
    CHECK_FALSE(ends_after(feed, true, 990, cancelled));
    CHECK(ends_after(feed, true, 20, cancelled));
    check_flood(feed, "CVE-2023-44487");
}

TEST_CASE("a client may cancel half of what it asks for ever, and a page every ten seconds") {
    Feed half;
    half.greet();
    std::uint32_t id = 1;
    for (int i = 0; i < 5000 && half.fault().empty(); ++i) {
        half.up(half.get(next_id(id))).down(half.ok(id, {}, kLast));
        half.up(half.get(next_id(id)) + rst(id, 8));
    }
    CHECK(half.fault().empty());
    Feed pages;
    pages.greet();
    id = 1;
    for (int page = 0; page < 10; ++page) {
        CHECK_FALSE(ends_after(pages, true, 900, [&] { return pages.get(next_id(id)) + rst(id, 8); }));
        test_time += 11s;
    }
}

TEST_CASE("an origin that is made to reset all that is asked ends the connection") {
    Feed feed;
    feed.greet();
    std::uint32_t id = 1;
    for (int i = 0; i < 1010 && feed.fault().empty(); ++i) {
        feed.up(feed.get(next_id(id))).down(rst(id, 1));
    }
    check_flood(feed, "MadeYouReset");
    Feed refused;  // an answer, and the rest of the request is not wanted
    refused.greet();
    id = 1;
    for (int i = 0; i < 3000 && refused.fault().empty(); ++i) {
        refused.up(refused.post(next_id(id))).down(refused.ok(id, {}, kLast) + rst(id, 0));
    }
    CHECK(refused.fault().empty());
}

TEST_CASE("CONTINUATION without end") {
    Feed many;
    many.greet();
    const auto before = many.passed_up;
    many.up(frame(Type::headers, 0, 1, "\x82"));
    CHECK_FALSE(ends_after(many, true, 64, [] { return frame(Type::continuation, 0, 1, "\x86"); }));
    many.up(frame(Type::continuation, 0, 1, "\x86"));
    check_flood(many, "CONTINUATION flood");
    CHECK(many.passed_up == before);
    Feed empty;
    empty.greet();
    empty.up(frame(Type::headers, 0, 1, "\x82") + frame(Type::continuation, 0, 1, ""));
    check_flood(empty, "CONTINUATION flood");
    Feed large;
    large.greet();
    large.up(frame(Type::headers, 0, 1, std::string(16384, 'x')));
    const auto third = frame(Type::continuation, 0, 1, std::string(16384, 'x'));
    large.up(third + third);
    CHECK(large.fault().empty());
    large.up(third.substr(0, 9));  // before it comes
    check_flood(large, "CONTINUATION flood");
}

TEST_CASE("a small block that becomes a large list") {
    Feed octets;
    octets.greet();
    octets.up(
        frame(Type::headers, kLast, 1, octets.client.block(Feed::get_fields("GET", {{"x", std::string(3000, 'v')}}))));
    CHECK(octets.fault().empty());
    octets.up(frame(Type::headers, kLast, 3, octets.client.block(Feed::get_fields("GET")) + std::string(100, '\xbe')));
    CHECK_THAT(octets.fault(), Contains("HPACK bomb"));
    Feed fields;
    fields.greet();
    fields.up(frame(Type::headers, kLast, 1, fields.client.block(Feed::get_fields("GET")) + std::string(1000, '\x90')));
    CHECK_THAT(fields.fault(), Contains("HPACK bomb"));
    Feed some;
    some.greet();
    some.up(frame(Type::headers, kLast, 1, some.client.block(Feed::get_fields("GET")) + std::string(990, '\x90')));
    CHECK(some.fault().empty());
}

TEST_CASE("frames that get nobody any further end the connection when they are many") {
    struct Case {
        std::string name, octets;
        int most;
    };
    const auto ping = frame(Type::ping, 0, 0, "12345678");
    const auto priority = frame(Type::priority, 0, 1, number(0, 4) + "x");
    for (const bool up : {true, false}) {
        for (const auto& [name, octets, most] :
             {Case{"PING flood", ping, 1000}, Case{"WINDOW_UPDATE flood", window(0, 1), 1000},
              Case{"PRIORITY flood", priority, 1000}, Case{"empty DATA flood", data(1, ""), 1000},
              Case{"empty DATA flood", data(1, std::string("\x01\0", 2), kPadded), 1000},
              Case{"unknown types", frame(0x42, 0, 0, ""), 1000}, Case{"GOAWAY", goaway(99, 0, ""), 1000},
              Case{"of no PING", frame(Type::ping, kAck, 0, "12345678"), 1000}, Case{"closed", rst(3, 8), 1000}}) {
            INFO(name << (up ? " up" : " down"));
            Feed feed;
            feed.greet();
            feed.up(feed.post(1) + feed.get(3)).down(feed.ok(1) + feed.ok(3, {}, kLast));
            CHECK_FALSE(ends_after(feed, up, most, [&] { return octets; }));
            CHECK(ends_after(feed, up, 30, [&] { return octets; }));
            check_flood(feed, name);
        }
    }
}

TEST_CASE("a PING is acknowledged once") {
    Feed feed;
    feed.greet().up(frame(Type::ping, 0, 0, "12345678"));
    const auto acked = frame(Type::ping, kAck, 0, "12345678");
    CHECK_FALSE(ends_after(feed, false, 1001, [&] { return acked; }));
    CHECK(ends_after(feed, false, 1, [&] { return acked; }));
}

TEST_CASE("SETTINGS without end, acknowledged or not") {
    Feed feed;
    feed.greet();
    for (int i = 0; i < 110 && feed.fault().empty(); ++i) feed.up(settings()).down(ack());
    check_flood(feed, "SETTINGS flood");
    Feed ignored;
    ignored.greet();
    CHECK_FALSE(ends_after(ignored, false, 64, [] { return settings(); }));
    ignored.down(settings());
    check_flood(ignored, "SETTINGS flood");
}

TEST_CASE("informational answers without end") {
    Feed feed;
    feed.greet();
    feed.up(feed.get(1));
    CHECK_FALSE(ends_after(feed, false, 1000, [&] { return feed.answer(1, "103"); }));
    CHECK(ends_after(feed, false, 10, [&] { return feed.answer(1, "103"); }));
    check_flood(feed, "informational");
}

TEST_CASE("heads for a stream that is given up without end") {
    Feed feed;
    feed.greet();
    feed.up(feed.post(1)).down(rst(1, 2));
    CHECK_FALSE(ends_after(feed, true, 1000, [&] { return feed.post(1); }));
    CHECK(ends_after(feed, true, 10, [&] { return feed.post(1); }));
    check_flood(feed, "closed");
}

TEST_CASE("windows that are made up") {
    Feed nothing, connection, stream;
    for (auto* feed : {&nothing, &connection, &stream}) feed->greet().up(feed->post(1));
    nothing.up(window(0, 0));
    CHECK_THAT(nothing.fault(), Contains("WINDOW_UPDATE of nothing"));
    connection.down(window(0, 0x7fffffff - 65535));
    CHECK(connection.fault().empty());
    connection.up(data(1, "abc")).down(window(0, 3));
    CHECK(connection.fault().empty());
    connection.down(window(0, 1));
    CHECK_THAT(connection.fault(), Contains("made-up window"));
    CHECK(connection.code() == Code::flow_control_error);
    CHECK(connection.walker->fault()->kind == Fault::Kind::flood);
    stream.down(window(1, 0x7fffffff)).up(data(1, "abc")).down(window(1, 3));
    CHECK(stream.fault().empty());
    stream.down(window(1, 1));
    CHECK_THAT(stream.fault(), Contains("made-up window"));
}

TEST_CASE("more streams than anybody has") {
    Feed feed;
    feed.greet();
    std::uint32_t id = 1;
    CHECK_FALSE(ends_after(feed, true, 10'000, [&] { return feed.get(next_id(id)); }));
    feed.up(feed.get(next_id(id)));
    check_flood(feed, "10,000 streams");
}

TEST_CASE("a control frame as large as content") {
    Feed feed;
    feed.greet({}, setting(5, 1 << 20));
    feed.up(number(16385, 3) + "\x07" + number(0, 5));
    check_flood(feed, "larger than 16 KiB");
}

TEST_CASE("fast traffic with all that belongs to it is no flood, though no time passes") {
    Feed feed;
    feed.greet();
    std::uint32_t id = 1;
    const auto ping = frame(Type::ping, 0, 0, "12345678");
    for (int i = 0; i < 30'000 && feed.fault().empty(); ++i) {
        feed.up(feed.get(next_id(id)) + window(id, 1) + frame(Type::priority, 0, id, number(0, 4) + "x"));
        feed.down(feed.ok(id) + data(id, "x") + data(id, "y", kEndStream));
        feed.up(window(0, 2) + window(id, 2) + ping).down(frame(Type::ping, kAck, 0, "12345678"));
    }
    CHECK(feed.fault().empty());
    CHECK(feed.walker->all_whole());
}

TEST_CASE("what is slow is no flood") {
    Feed feed;
    feed.greet();
    const auto ping = frame(Type::ping, 0, 0, "12345678");
    for (int i = 0; i < 20'000 && feed.fault().empty(); ++i) {
        feed.up(ping);
        test_time += 20ms;
    }
    CHECK(feed.fault().empty());
}

TEST_CASE("what traffic has earned is forgotten with its time") {
    Feed feed;
    feed.greet();
    std::uint32_t id = 1;
    for (int i = 0; i < 60'000; ++i) {
        feed.up(feed.get(next_id(id))).down(feed.ok(id, {}, kLast));
        test_time += 1ms;
        feed.story.lines.clear();
    }
    CHECK(feed.fault().empty());
    test_time += 1h;
    const auto ping = frame(Type::ping, 0, 0, "12345678");
    CHECK(ends_after(feed, true, 30'000, [&] { return ping; }));
}

TEST_CASE("the end of a stream that was given up is said once, and not for ever") {
    Feed feed;
    feed.greet();
    feed.up(feed.post(1)).down(rst(1, 8));
    for (int i = 0; i < 900; ++i) feed.up(data(1, "", kEndStream));
    CHECK(feed.fault().empty());
    for (int i = 0; i < 200; ++i) feed.up(data(1, "", kEndStream));
    CHECK_THAT(feed.fault(), Contains("streams that are closed"));
}
