#include "h2/wire.h"
#include "tests/support/catch.h"

#include <functional>

using namespace bascule;
using namespace bascule::http;
using namespace bascule::http::h2;
using namespace bascule::http::h2::testing;
using test::Contains;

namespace {

constexpr int kLast = kEndStream | kEndHeaders;

/// What is wrong stands after something that passes: nothing of it does, nothing of it is told, and the fault says why.
void check_refused(Feed& feed, bool up, const std::string& octets, const std::string& why, Code code) {
    INFO(why);
    REQUIRE(feed.fault().empty());
    const auto lines = feed.story.lines;
    const auto passed = (up ? feed.passed_up : feed.passed_down) + feed.held(up);
    feed.say(up, frame(Type::ping, kAck, 0, "12345678") + octets);
    CHECK_THAT(feed.fault(), Contains(why));
    CHECK(feed.code() == code);
    CHECK(feed.story.lines == lines);
    CHECK((up ? feed.passed_up : feed.passed_down) == passed + frame(Type::ping, kAck, 0, "12345678"));
    if (feed.walker->fault()) CHECK(feed.walker->fault()->up == up);
}

Fields without(Fields fields, const std::string& name) {
    std::erase_if(fields, [&](const auto& field) { return field.first == name; });
    return fields;
}

Fields with(Fields fields, const std::string& name, const std::string& value) {
    for (auto& field : fields) {
        if (field.first == name) field.second = value;
    }
    return fields;
}

const Fields kGet = Feed::get_fields("GET");
Fields get_and(const std::string& name, const std::string& value) {
    return Feed::get_fields("GET", {{name, value}});
}
const Fields kConnect{{":method", "CONNECT"}, {":authority", "y:25"}};

void refuse_request(const Fields& fields, const std::string& why) {
    Feed feed;
    feed.greet({}, setting(8, 1));
    check_refused(feed, true, frame(Type::headers, kLast, 1, feed.client.block(fields)), why, Code::protocol_error);
}

void take_request(const Fields& fields) {
    Feed feed;
    feed.greet({}, setting(8, 1));
    feed.up(frame(Type::headers, kLast, 1, feed.client.block(fields)));
    CHECK(feed.fault().empty());
    CHECK(feed.story.lines.size() >= 2);
}

void refuse_answer(const Fields& fields, const std::string& why, int flags = kEndHeaders) {
    Feed feed;
    feed.greet();
    feed.up(feed.get(1));
    check_refused(feed, false, frame(Type::headers, flags, 1, feed.origin.block(fields)), why, Code::protocol_error);
}

/// A frame of that side, after a POST on stream 1 whose answer has begun; stream 3 was answered and is closed.
void refuse_frame(bool up, const std::string& octets, const std::string& why, Code code = Code::protocol_error) {
    Feed feed;
    feed.greet();
    feed.up(feed.post(1) + feed.get(3)).down(feed.ok(1) + feed.ok(3, {}, kLast));
    check_refused(feed, up, octets, why, code);
}

}  // namespace

TEST_CASE("a request needs its pseudo-fields, once, known, and first") {
    for (const auto* name : {":method", ":scheme", ":path"}) refuse_request(without(kGet, name), "is missing");
    refuse_request(without(kGet, ":authority"), "neither :authority nor host");
    take_request(Feed::get_fields("GET", {{"host", "x.test"}}));
    take_request([] {
        auto fields = without(kGet, ":authority");
        fields.push_back({"host", "x.test"});
        return fields;
    }());
    refuse_request(get_and(":path", "/other"), "occurs twice");
    refuse_request(get_and(":proto", "x"), "none of those there are");
    refuse_request(get_and(":status", "200"), "a request has :status");
    auto late = get_and("accept", "*/*");
    std::swap(late[3], late[4]);
    refuse_request(late, "follows a field");
}

TEST_CASE("the target of a request has one meaning") {
    refuse_request(with(kGet, ":method", "G T"), ":method is not a token");
    refuse_request(with(kGet, ":method", ""), ":method is not a token");
    refuse_request(with(kGet, ":scheme", "1http"), ":scheme is not a scheme");
    refuse_request(with(kGet, ":path", ""), "does not begin with /");
    refuse_request(with(kGet, ":path", "a"), "does not begin with /");
    refuse_request(with(kGet, ":path", "*"), "does not begin with /");
    refuse_request(with(kGet, ":path", "/a b"), "control characters");
    refuse_request(with(kGet, ":path", "/a#b"), "fragment");
    refuse_request(with(kGet, ":authority", "u@x.test"), "user name");
    refuse_request(with(kGet, ":authority", ""), "not a host name");
    refuse_request(with(kGet, ":authority", "x/y"), "not a host name");
    refuse_request(get_and("host", "y.test"), "different hosts");
    refuse_request(get_and("host", "x.test:444"), "different hosts");
    refuse_request(Feed::get_fields("GET", {{"host", "x.test"}, {"host", "x.test"}}), "host occurs twice");
    take_request(get_and("host", "X.test:443"));
    take_request(with(with(kGet, ":method", "OPTIONS"), ":path", "*"));
}

TEST_CASE("CONNECT has a target and nothing else") {
    take_request(kConnect);
    refuse_request(with(kConnect, ":authority", "y"), "names no port");
    refuse_request(without(kConnect, ":authority"), "CONNECT without :authority");
    refuse_request({{":method", "CONNECT"}, {":authority", "y:25"}, {":path", "/"}}, "CONNECT with :scheme or :path");
    refuse_request({{":method", "CONNECT"}, {":authority", "y:25"}, {"content-length", "3"}}, "there is no content");
    refuse_request(get_and(":protocol", "websocket"), ":protocol without CONNECT");
    const auto extended = Feed::get_fields("CONNECT", {{":protocol", "websocket"}});
    take_request(extended);
    refuse_request(without(extended, ":scheme"), ":scheme or :path is missing");
    refuse_request(without(extended, ":path"), ":scheme or :path is missing");
    refuse_request(without(extended, ":authority"), ":protocol without :authority");
    refuse_request(with(extended, ":protocol", "a b"), ":protocol is not a token");
}

TEST_CASE("field names and values hold only what they may") {
    for (const auto* name : {"Accept", "a b", "a:b", "", "a\x01", "\xc3\xa4"})
        refuse_request(get_and(name, "x"), "not a token in lower case");
    for (const auto& value : Lines{"a\rb", "a\nb", std::string("a\0b", 3), "a\x7f"})
        refuse_request(get_and("x", value), "control characters");
    for (const auto* value : {" a", "a ", "\ta", "a\t"}) refuse_request(get_and("x", value), "white space");
    refuse_request(with(kGet, ":scheme", " https"), "white space");
    take_request(get_and("x", "a \xc3\xa4\tb"));
    take_request(get_and("x", ""));
}

TEST_CASE("fields of the connection are not of HTTP/2") {
    for (const auto* name : {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"})
        refuse_request(get_and(name, "x"), "of the connection");
    refuse_request(get_and("te", "gzip"), "te is anything else");
    take_request(get_and("te", "trailers"));
    refuse_answer({{":status", "200"}, {"transfer-encoding", "chunked"}}, "of the connection");
}

TEST_CASE("content-length is one plain number") {
    for (const auto* value : {"", "+1", "-1", "1,1", "0x1", "1.0", "99999999999999999999999"})
        refuse_request(get_and("content-length", value), "not one plain number");
    refuse_request(Feed::get_fields("GET", {{"content-length", "0"}, {"content-length", "1"}}), "different values");
    take_request(Feed::get_fields("GET", {{"content-length", "0"}, {"content-length", "0"}}));
    refuse_request(get_and("content-length", "5"), "less content");
}

TEST_CASE("content is as long as was said") {
    const auto start = [](Feed& feed) {
        feed.greet();
        feed.up(feed.post(1, {{"content-length", "3"}}) + data(1, "a"));
    };
    Feed longer, shorter, trailers, right;
    for (auto* feed : {&longer, &shorter, &trailers, &right}) start(*feed);
    check_refused(longer, true, data(1, "bcd"), "more content", Code::protocol_error);
    check_refused(shorter, true, data(1, "b", kEndStream), "less content", Code::protocol_error);
    const auto block = trailers.client.block({{"x", "y"}});
    check_refused(trailers, true, frame(Type::headers, kLast, 1, block), "less content", Code::protocol_error);
    right.up(data(1, "bc", kEndStream));
    CHECK(right.fault().empty());
    refuse_answer({{":status", "200"}, {"content-length", "1"}}, "less content", kLast);
}

TEST_CASE("an answer has three digits and nothing of a request") {
    for (const auto* status : {"20", "2000", "20x", "", "099", "+20"})
        refuse_answer({{":status", status}}, "not three digits");
    refuse_answer({{"server", "x"}}, ":status is missing");
    refuse_answer({{":status", "200"}, {":path", "/"}}, "pseudo-field of requests");
    refuse_answer({{":status", "200"}, {":status", "200"}}, "occurs twice");
    refuse_answer({{":status", "101"}}, "status 101");
    refuse_answer({{":status", "103"}}, "ends its stream", kLast);
}

TEST_CASE("answers to HEAD, 204 and 304 have no content") {
    for (const auto* status : {"200", "204", "304"}) {
        Feed feed;
        feed.greet();
        const auto* method = status == std::string("200") ? "HEAD" : "GET";
        feed.up(frame(Type::headers, kLast, 1, feed.client.block(Feed::get_fields(method))));
        feed.down(feed.answer(1, status));
        check_refused(feed, false, data(1, "x"), "an answer that has none", Code::protocol_error);
    }
}

TEST_CASE("trailers end their stream, and do not frame or route") {
    const auto refuse_trailers = [](const Fields& fields, int flags, const std::string& why) {
        Feed feed;
        feed.greet();
        feed.up(feed.post(1));
        check_refused(feed, true, frame(Type::headers, flags, 1, feed.client.block(fields)), why, Code::protocol_error);
    };
    refuse_trailers({{"x", "y"}}, kEndHeaders, "do not end their stream");
    refuse_trailers({{":path", "/"}}, kLast, "trailers hold a pseudo-field");
    refuse_trailers({{"content-length", "0"}}, kLast, "frames or routes");
    refuse_trailers({{"host", "x"}}, kLast, "frames or routes");
    refuse_trailers({{"X", "y"}}, kLast, "lower case");
}

TEST_CASE("a tunnel has no trailers") {
    Feed feed;
    feed.greet();
    feed.up(frame(Type::headers, kEndHeaders, 1, feed.client.block(kConnect))).down(feed.ok(1));
    const auto block = feed.origin.block({{"x", "y"}});
    check_refused(feed, false, frame(Type::headers, kLast, 1, block), "within a tunnel", Code::protocol_error);
}

TEST_CASE("streams are opened by the client, in order") {
    Feed feed;
    feed.greet();
    feed.up(feed.get(5) + feed.get(9)).down(feed.ok(5, {}, kLast));
    SECTION("by an even number") {
        check_refused(feed, true, feed.get(4), "even number", Code::protocol_error);
    }
    SECTION("one that was skipped") {
        check_refused(feed, true, feed.get(7), "closed before", Code::stream_closed);
    }
    SECTION("one that is closed") {
        check_refused(feed, true, feed.get(5), "closed before", Code::stream_closed);
    }
    SECTION("one whose request has ended") {
        check_refused(feed, true, feed.get(9), "closed before", Code::stream_closed);
    }
    SECTION("by the origin") {
        check_refused(feed, false, feed.ok(11), "nobody has opened", Code::protocol_error);
    }
}

TEST_CASE("content belongs to a message that has begun and not ended") {
    refuse_frame(true, data(5, "x"), "nobody has opened");
    refuse_frame(true, data(2, "x"), "nobody has opened");
    refuse_frame(true, data(3, "x"), "closed before", Code::stream_closed);
    refuse_frame(false, data(3, "x"), "closed before", Code::stream_closed);
    refuse_frame(true, data(0, "x"), "of no stream");
    Feed feed;
    feed.greet();
    feed.up(feed.get(1));
    check_refused(feed, false, data(1, "x"), "before its HEADERS", Code::protocol_error);
}

TEST_CASE("a frame of a stream that its own side has reset or ended is refused") {
    Feed feed;
    feed.greet();
    feed.up(feed.post(1) + rst(1, 8));
    check_refused(feed, true, data(1, "x"), "closed before", Code::stream_closed);
    Feed ended;
    ended.greet();
    ended.up(ended.get(1)).down(rst(1, 8));
    check_refused(ended, true, data(1, "x"), "closed before", Code::stream_closed);
}

TEST_CASE("frames have the length and the place of their type") {
    const auto size = Code::frame_size_error;
    for (const bool up : {true, false}) {
        refuse_frame(up, frame(Type::priority, 0, 1, "1234"), "length of its type", size);
        refuse_frame(up, frame(Type::priority, 0, 0, "12345"), "of no stream");
        refuse_frame(up, frame(Type::priority, 0, 1, number(1, 4) + "x"), "depends on itself");
        refuse_frame(up, frame(Type::rst_stream, 0, 1, "123"), "length of its type", size);
        refuse_frame(up, rst(0, 8), "of no stream");
        refuse_frame(up, rst(5, 8), "nobody has opened");
        refuse_frame(up, frame(Type::settings, 0, 0, "12345"), "multiple of six", size);
        refuse_frame(up, frame(Type::settings, 0, 1, ""), "of the connection");
        refuse_frame(up, frame(Type::settings, kAck, 0, setting(4, 1)), "length of its type", size);
        refuse_frame(up, ack(), "not announced");
        refuse_frame(up, settings(setting(2, 2)), "0 or 1");
        refuse_frame(up, settings(setting(8, 2)), "0 or 1");
        refuse_frame(up, settings(setting(4, 0x80000000)), "INITIAL_WINDOW", Code::flow_control_error);
        refuse_frame(up, settings(setting(5, 16383)), "MAX_FRAME_SIZE");
        refuse_frame(up, settings(setting(5, 1 << 24)), "MAX_FRAME_SIZE");
        refuse_frame(up, frame(Type::ping, 0, 0, "1234567"), "length of its type", size);
        refuse_frame(up, frame(Type::ping, 0, 1, "12345678"), "of the connection");
        refuse_frame(up, frame(Type::goaway, 0, 0, "1234567"), "shorter than", size);
        refuse_frame(up, frame(Type::goaway, 0, 1, "12345678"), "of the connection");
        refuse_frame(up, frame(Type::window_update, 0, 1, "123"), "length of its type", size);
        refuse_frame(up, window(5, 1), "nobody has opened");
        refuse_frame(up, frame(Type::data, kPadded, 1, ""), "too short for its padding", size);
        refuse_frame(up,
                     frame(Type::data, kPadded, 1,
                           "\x03"
                           "ab"),
                     "padding is longer");
        refuse_frame(up, frame(Type::data, 0, 1, std::string(16385, 'x')), "larger than its receiver", size);
        refuse_frame(up, frame(0x42, 0, 0, std::string(16385, 'x')), "larger than its receiver", size);
    }
    refuse_frame(false, settings(setting(2, 1)), "asks for pushes");
    refuse_frame(true, frame(Type::priority_update, 0, 1, "1234u=1"), "of the connection");
    refuse_frame(true, frame(Type::priority_update, 0, 0, "123"), "shorter than", size);
    refuse_frame(true, frame(Type::priority_update, 0, 0, number(0, 4)), "for no stream");
    refuse_frame(false, frame(Type::priority_update, 0, 0, number(1, 4)), "the origin sends PRIORITY_UPDATE");
}

TEST_CASE("the frames of a header block are whole and together") {
    const auto size = Code::frame_size_error;
    refuse_frame(true, frame(Type::continuation, kEndHeaders, 1, "x"), "continues nothing");
    refuse_frame(true, frame(Type::headers, kLast, 0, "x"), "of no stream");
    refuse_frame(true, frame(Type::headers, 0, 5, "x") + data(1, "x"), "within a header block");
    refuse_frame(true, frame(Type::headers, 0, 5, "x") + frame(0x42, 0, 0, ""), "within a header block");
    refuse_frame(true, frame(Type::headers, 0, 5, "x") + frame(Type::continuation, 0, 7, "x"), "within a header block");
    refuse_frame(true, frame(Type::headers, 0, 5, "x") + frame(Type::continuation, 0, 5, std::string(16385, 'x')),
                 "larger than its receiver", size);
    refuse_frame(true, frame(Type::headers, kLast | kPadded, 5, ""), "too short for its padding", size);
    refuse_frame(true,
                 frame(Type::headers, kLast | kPadded, 5,
                       "\x05"
                       "abc"),
                 "padding is longer");
    refuse_frame(true, frame(Type::headers, kLast | kPriority, 5, "1234"), "too short for its priority", size);
    refuse_frame(true, frame(Type::headers, kLast | kPriority, 5, number(5, 4) + "x"), "depends on itself");
    refuse_frame(true, frame(Type::headers, kLast, 5, "\xff\xff\xff"), "decompressed", Code::compression_error);
    refuse_frame(true, frame(Type::headers, kLast, 5, "\x82\x40"), "decompressed", Code::compression_error);
}

TEST_CASE("pushes are the origin's, allowed, and of requests without content") {
    const auto promise = [](Feed& feed, std::uint32_t parent, std::uint32_t id, const Fields& fields) {
        return frame(Type::push_promise, kEndHeaders, parent, number(id, 4) + feed.origin.block(fields));
    };
    const auto refuse_push = [&](std::uint32_t parent, std::uint32_t id, const Fields& fields, const std::string& why,
                                 Code code = Code::protocol_error, const std::string& client_settings = {}) {
        Feed feed;
        feed.greet(client_settings);
        feed.up(feed.get(1) + feed.get(3)).down(feed.ok(3, {}, kLast));
        check_refused(feed, false, promise(feed, parent, id, fields), why, code);
    };
    refuse_push(1, 2, kGet, "has forbidden", Code::protocol_error, setting(2, 0));
    refuse_push(1, 0, kGet, "not a new one");
    refuse_push(1, 5, kGet, "not a new one");
    refuse_push(3, 2, kGet, "closed before", Code::stream_closed);
    refuse_push(5, 2, kGet, "nobody has opened");
    refuse_push(1, 2, Feed::get_fields("POST"), "not GET or HEAD");
    refuse_push(1, 2, get_and("content-length", "1"), "there is no content");
    refuse_push(1, 2, without(kGet, ":path"), "is missing");
    refuse_push(1, 2, without(get_and("host", "x.test"), ":authority"), "promised without :authority");
    Feed nested;
    nested.greet();
    nested.up(nested.get(1)).down(promise(nested, 1, 2, kGet));
    check_refused(nested, false, promise(nested, 2, 4, kGet), "no request of the client's", Code::protocol_error);
    Feed feed;
    feed.greet();
    feed.up(feed.get(1)).down(promise(feed, 1, 2, kGet));
    check_refused(feed, false, promise(feed, 1, 2, kGet), "not a new one", Code::protocol_error);
    Feed client;
    client.greet();
    client.up(client.get(1));
    const auto wrong = frame(Type::push_promise, kEndHeaders, 1, number(2, 4) + client.client.block(kGet));
    check_refused(client, true, wrong, "the client sends PUSH_PROMISE", Code::protocol_error);
    Feed before;  // forbidden, and not known to the origin yet
    before.up(std::string(kPreface) + settings(setting(2, 0))).down(settings()).up(ack());
    before.up(before.get(1)).down(promise(before, 1, 2, kGet));
    CHECK(before.fault().empty());
}

TEST_CASE("a connection begins with its preface and SETTINGS") {
    Feed http1;
    http1.up("GET / HTTP/1.1\r\n");
    CHECK_THAT(http1.fault(), Contains("is not HTTP/2"));
    CHECK(http1.passed_up.empty());
    CHECK(http1.walker->fault()->quote == "GET / HTT");
    Feed early;
    early.up("PRI * HTTP/2.0\r\n\r\nSM\r\n\rX");
    CHECK_THAT(early.fault(), Contains("is not HTTP/2"));
    Feed ping;
    ping.up(std::string(kPreface) + frame(Type::ping, 0, 0, "12345678"));
    CHECK_THAT(ping.fault(), Contains("first frame is not SETTINGS"));
    CHECK(ping.passed_up == kPreface);
    Feed acked;
    acked.down(ack());
    CHECK_THAT(acked.fault(), Contains("first frame is not SETTINGS"));
}
