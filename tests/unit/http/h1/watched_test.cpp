#include "http/h1/watched.h"

#include "tests/support/catch.h"

#include <fmt/format.h>

#include <iterator>

using namespace bascule;
using namespace bascule::http;

namespace {

/// Writes down what it is told, pieces of content joined.
class Story final : public Exchanges {
  public:
    std::vector<std::string> lines;

    void request(ExchangeId id, const RequestView& head) override {
        add("{} {} {} {}|{}|{} {}", id, head.version, head.method, head.scheme, head.authority, head.path,
            head.fields.size());
        if (!head.protocol.empty()) add("{} wants {}", id, head.protocol);
    }
    void becomes_stream(ExchangeId id, ExchangeId stream) override { add("{} becomes {}", id, stream); }
    void informational(ExchangeId id, const ResponseView& head) override { add("{} {}", id, head.status); }
    void response(ExchangeId id, const ResponseView& head) override { add("{} {} {}", id, head.version, head.status); }
    void body(ExchangeId id, bool up, ByteView octets) override {
        const auto start = fmt::format("{} {} ", id, up ? "up" : "down");
        if (lines.empty() || !lines.back().starts_with(start)) lines.push_back(start);
        lines.back() += as_text(octets);
    }
    void trailers(ExchangeId id, bool up, FieldViews fields) override {
        for (const auto& [name, value] : fields) add("{} {} trailer {}={}", id, up ? ">" : "<", name, value);
    }
    void ended(ExchangeId id, bool up) override { add("{} {} end", id, up ? ">" : "<"); }
    void reset(ExchangeId, bool, std::uint32_t) override {}

  private:
    template <class... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        lines.push_back(fmt::format(format, std::forward<Args>(args)...));
    }
};

/// Feeds a walker as a relay does: what is not admitted is offered again with what follows.
class Feed {
  public:
    Story story;
    WatchedH1 walker{story};
    std::string passed_up, passed_down;

    Feed& up(std::string_view text) { return say(true, text); }
    Feed& down(std::string_view text) { return say(false, text); }
    Feed& end(bool up, bool in_order = true) {
        walker.ended(up, in_order);
        offer(up);
        offer(!up);
        return *this;
    }
    std::string fault() const { return walker.fault() ? walker.fault()->what : std::string(); }

  private:
    Feed& say(bool up, std::string_view text) {
        (up ? held_up_ : held_down_) += text;
        offer(up);
        offer(!up);
        return *this;
    }
    void offer(bool up) {
        std::string& held = up ? held_up_ : held_down_;
        if (held.empty() || walker.fault()) return;
        const auto admitted = walker.admit(up, as_bytes(held));
        (up ? passed_up : passed_down) += held.substr(0, admitted);
        held.erase(0, admitted);
    }
    std::string held_up_, held_down_;
};

using Lines = std::vector<std::string>;

const std::string kGet = "GET /a?b HTTP/1.1\r\nHost: x.test\r\n\r\n";

std::string answer(std::string_view rest) {
    return "HTTP/1.1 " + std::string(rest);
}

/// What is wrong with the request; nothing of it may have passed.
std::string refused(const std::string& request) {
    Feed feed;
    feed.up(request);
    if (feed.walker.fault()) {
        CHECK(feed.passed_up.empty());
        CHECK(feed.walker.fault()->up);
        CHECK(feed.walker.fault()->answer == Fault::Answer::due);
    }
    return feed.fault();
}

std::string refused_answer(const std::string& text, const std::string& request = kGet) {
    Feed feed;
    feed.up(request).down(text);
    if (feed.walker.fault()) {
        CHECK(feed.passed_down.empty());
        CHECK_FALSE(feed.walker.fault()->up);
        CHECK(feed.walker.fault()->status == 502);
        CHECK(feed.walker.fault()->answer == Fault::Answer::due);
    }
    return feed.fault();
}

}  // namespace

TEST_CASE("requests and answers are told in order") {
    Feed feed;
    feed.up(kGet).down(answer("200 OK\r\nContent-Length: 3\r\n\r\nabc"));
    feed.up("POST http://y.test:81/p HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi").down(answer("304 No\r\n\r\n"));
    CHECK(feed.story.lines == Lines{"1 1.1 GET |x.test|/a?b 1", "1 > end", "1 1.1 200", "1 down abc", "1 < end",
                                    "2 1.0 POST http|y.test:81|/p 1", "2 up hi", "2 > end", "2 1.1 304", "2 < end"});
    CHECK(feed.fault().empty());
}

TEST_CASE("pipelined requests have their answers in order, whatever was asked") {
    Feed feed;
    feed.up("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + kGet + kGet);
    feed.down(answer("200 OK\r\nContent-Length: 99\r\n\r\n") + answer("204 No\r\nContent-Length: 0\r\n\r\n") +
              answer("200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\nz\r\n0\r\nT: v \r\n\r\n"));
    CHECK(feed.fault().empty());
    CHECK(Lines(feed.story.lines.end() - 4, feed.story.lines.end()) ==
          Lines{"3 1.1 200", "3 down z", "3 < trailer T=v", "3 < end"});
}

TEST_CASE("however it is split, the same passes and the same is told") {
    const std::string up = "\r\n" + kGet + "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                           "3\r\nabc\r\n0\r\nX: y\r\n\r\n" + kGet;
    const std::string down = answer("100 Continue\r\n\r\n") + answer("103 Early\r\nLink: x\r\n\r\n") +
                             answer("200\r\nContent-Length: 5\r\n\r\nhello") +
                             answer("200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n") +
                             "HTTP/1.0 200 OK\r\n\r\nto the end";
    Feed whole;
    whole.up(up).down(down).end(false);
    CHECK(whole.fault().empty());
    CHECK(whole.story.lines.back() == "3 < end");
    for (std::size_t split = 0; split <= std::max(up.size(), down.size()); ++split) {
        Feed parts;
        const auto up_split = std::min(split, up.size());
        const auto down_split = std::min(split, down.size());
        parts.up(up.substr(0, up_split)).up(up.substr(up_split));
        parts.down(down.substr(0, down_split)).down(down.substr(down_split)).end(false);
        CHECK(parts.story.lines == whole.story.lines);
        CHECK(parts.passed_up == up);
        CHECK(parts.passed_down == down);
    }
    Feed dribbled;
    for (const char c : up) dribbled.up({&c, 1});
    for (const char c : down) dribbled.down({&c, 1});
    CHECK(dribbled.passed_up == up);
    CHECK(dribbled.passed_down == down);
    CHECK(Lines(dribbled.story.lines) == Lines(whole.story.lines.begin(), whole.story.lines.end() - 1));
}

TEST_CASE("an answer may come before the request is whole") {
    Feed feed;
    feed.up("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
        .down(answer("413 No\r\nContent-Length: 0\r\n\r\n"));
    feed.up("cd");
    CHECK(feed.story.lines == Lines{"1 1.1 POST |a|/ 2", "1 up ab", "1 1.1 413", "1 < end", "1 up cd", "1 > end"});
}

TEST_CASE("101 and a CONNECT that is granted begin a tunnel, and nothing passes before") {
    Feed feed;
    feed.up("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81x");
    CHECK_FALSE(feed.passed_up.ends_with("x"));
    feed.down(answer("101 Switching\r\n\r\n\x81y"));
    CHECK(feed.passed_up.ends_with("\x81x"));
    CHECK(feed.passed_down.ends_with("\x81y"));
    CHECK(feed.story.lines ==
          Lines{"1 1.1 GET |a|/ 3", "1 wants websocket", "1 > end", "1 101", "1 down \x81y", "1 up \x81x"});

    Feed proxy;
    proxy.up("CONNECT a:1 HTTP/1.1\r\n\r\n").down(answer("200 OK\r\n\r\n")).up("\x16\x03\n\n");
    CHECK(proxy.passed_up.ends_with("\x16\x03\n\n"));
    CHECK(proxy.fault().empty());

    Feed denied;
    denied.up("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n" + kGet)
        .down(answer("200 OK\r\nContent-Length: 0\r\n\r\n"));
    CHECK(denied.story.lines.back() == "2 > end");
}

TEST_CASE("requests whose framing two servers could read differently do not pass") {
    const auto with = [](std::string_view fields) {
        return refused("POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n");
    };
    CHECK(with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n").contains("RFC 9112 section 6.1"));
    CHECK(with("Content-Length: 1\r\nContent-Length: 1\r\n").contains("twice"));
    for (const auto* length : {"5, 5", "+5", "-5", "0x5", "5 5", "99999999999999999999", ""}) {
        CHECK_FALSE(with(fmt::format("Content-Length: {}\r\n", length)).empty());
    }
    for (const auto* coding : {"identity", "chunked;a=b", ", chunked", "xchunked", "chunked, chunked",
                               "\x0b"
                               "chunked",
                               ""}) {
        CHECK_FALSE(with(fmt::format("Transfer-Encoding: {}\r\n", coding)).empty());
    }
    CHECK_FALSE(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n").empty());
    CHECK_FALSE(with("Transfer-Encoding : chunked\r\n").empty());
    CHECK_FALSE(with(" Transfer-Encoding: chunked\r\n").empty());
    CHECK_FALSE(with("X: a\r\n Transfer-Encoding: chunked\r\n").empty());
    CHECK_FALSE(with("X: a\nTransfer-Encoding: chunked\r\n").empty());
    CHECK_FALSE(with(std::string_view("X: a\0b\r\n", 8)).empty());
    CHECK_FALSE(with("Host: b\r\n").empty());
    CHECK_FALSE(with(": x\r\n").empty());
    CHECK_FALSE(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").empty());
    CHECK_FALSE(refused("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n").empty());
    CHECK_FALSE(refused("GET /\r\n\r\n").empty());
    CHECK_FALSE(refused("GET / HTTP/1.1\n\n").empty());
    CHECK_FALSE(refused("GET / HTTP/1.1\r\nHost: a b\r\n\r\n").empty());
    CHECK(refused(kGet).empty());
}

TEST_CASE("chunks that two servers could read differently do not pass") {
    for (const auto* chunks : {"+1\r\nx\r\n", " 1\r\nx\r\n", "1 \r\nx\r\n", "0x1\r\nx\r\n", "-1\r\n", "\r\n", ";\r\n",
                               "11111111111111111\r\n", "1\nx\n", "1\r\nxy\r\n", "1\r\nx0\r\n\r\n", "1;\x01\r\nx\r\n",
                               "0\r\nX y: z\r\n\r\n", "0\r\n: z\r\n\r\n", "0\r\nX: z\n\r\n", "0\r\n X: z\r\n\r\n",
                               "0\r\nContent-Length: 1\r\n\r\n", "0\r\nHost: b\r\n\r\n"}) {
        INFO(chunks);
        Feed feed;
        feed.up("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks));
        CHECK_FALSE(feed.fault().empty());
        CHECK(feed.walker.fault()->answer == Fault::Answer::due);
        Feed other;
        other.up(kGet).down(answer("200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") + chunks);
        CHECK_FALSE(other.fault().empty());
        CHECK(other.walker.fault()->answer == Fault::Answer::begun);  // its head is on the way
    }
}

TEST_CASE("answers that two clients could read differently do not pass") {
    for (const auto* text :
         {"200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "200 OK\r\nContent-Length: 1, 1\r\n\r\n",
          "200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
          "200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", "200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
          "200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n", "200 OK\r\nX: a\r\n b\r\n\r\n", "200 OK\r\nX : a\r\n\r\n",
          "200 OK\r\nX: a\nY: b\r\n\r\n", "20 OK\r\n\r\n", "2000 OK\r\n\r\n", "000 OK\r\n\r\n",
          "204 No\r\nContent-Length: 5\r\n\r\n", "204 No\r\nTransfer-Encoding: chunked\r\n\r\n",
          "100 Go\r\nContent-Length: 5\r\n\r\n", "101 Up\r\n\r\n", "200 O\rK\r\n\r\n"}) {
        INFO(text);
        CHECK_FALSE(refused_answer(answer(text)).empty());
    }
    CHECK_FALSE(refused_answer("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").empty());
    CHECK_FALSE(refused_answer("HTTP/2 200 OK\r\n\r\n").empty());
    CHECK_FALSE(refused_answer("ICY 200 OK\r\n\r\n").empty());
    CHECK_FALSE(refused_answer(answer("200 OK\r\nContent-Length: 1\r\n\r\n"), "CONNECT a:1 HTTP/1.1\r\n\r\n").empty());
    CHECK(refused_answer(answer("200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n")).empty());
    CHECK(refused_answer(answer("204 No\r\nContent-Length: 0\r\n\r\n")).empty());
}

TEST_CASE("a 408 with which an origin closes an idle connection passes, and is of no exchange") {
    const auto unasked = GENERATE(
        as<std::string>(), "HTTP/1.1 408 Request Timeout\r\nConnection: x, Close\r\nContent-Length: 3\r\n\r\nbye",
        "HTTP/1.0 408 Request Time-out\r\ncache-control: no-cache\r\n\r\nto the end");
    Feed feed;
    feed.up(kGet).down(answer("204 No Content\r\n\r\n"));
    const auto told = feed.story.lines;
    const auto passed = feed.passed_down;
    for (const char octet : unasked) feed.down({&octet, 1});
    feed.end(false);
    CHECK(feed.passed_down == passed + unasked);
    CHECK(feed.fault().empty());
    CHECK(feed.story.lines == told);
    CHECK(feed.walker.all_whole());
}

TEST_CASE("a request that crosses an unasked 408 is left without an answer") {
    const std::string unasked = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    Feed feed;
    feed.up(kGet).down(answer("204 No Content\r\n\r\n")).down(unasked).up(kGet);
    CHECK(feed.passed_up == kGet + kGet);
    CHECK(feed.fault().empty());
    CHECK_FALSE(feed.walker.all_whole());
    feed.down(answer("200 OK\r\nContent-Length: 0\r\n\r\n"));
    CHECK(feed.fault().contains("answer no request"));
}

TEST_CASE("a 408 that begins before a request and ends after it is its answer") {
    Feed feed;
    feed.up(kGet).down(answer("204 No Content\r\n\r\n")).down("HTTP/1.1 408 Req").up(kGet);
    feed.down("uest Timeout\r\nContent-Length: 0\r\n\r\n");
    CHECK(feed.story.lines.back() == "2 < end");
    CHECK(feed.walker.all_whole());
}

TEST_CASE("an unasked answer that does not close the connection, or is no 408, does not pass") {
    const auto octets = GENERATE(as<std::string>(), "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n",
                                 "HTTP/1.1 200 ", "HTTP/1.1 4080", "\r\n");
    Feed feed;
    feed.up(kGet).down(answer("204 No Content\r\n\r\n"));
    const auto passed = feed.passed_down;
    feed.down(octets);
    CHECK(feed.passed_down == passed);
    CHECK(feed.fault().contains("RFC 9112 section 9.2"));
}

TEST_CASE("octets that answer no request do not pass") {
    Feed feed;
    feed.down(answer("200 OK\r\n\r\n"));
    CHECK(feed.passed_down.empty());
    CHECK(feed.fault().contains("answer no request"));
    CHECK(feed.walker.fault()->answer == Fault::Answer::none);
    Feed surplus;
    surplus.up(kGet).down(answer("200 OK\r\nContent-Length: 1\r\n\r\nabc"));
    CHECK(surplus.passed_down.ends_with("\r\n\r\na"));
    CHECK(surplus.fault().contains("answer no request"));
}

TEST_CASE("a bad request after good ones is refused once these are answered") {
    Feed feed;
    feed.up(kGet + "GET / HTTP/1.1\r\n\r\n");
    CHECK(feed.fault().empty());
    CHECK(feed.passed_up == kGet);
    feed.down(answer("200 OK\r\nContent-Length: 2\r\n\r\na"));
    CHECK(feed.fault().empty());
    feed.down("b");
    CHECK(feed.fault().contains("Host"));
    CHECK(feed.walker.fault()->answer == Fault::Answer::due);
    CHECK(feed.walker.last_words(*feed.walker.fault(), true).starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(feed.walker.last_words(*feed.walker.fault(), false).empty());
}

TEST_CASE("a bad request while an answer passes waits for the end of that") {
    Feed feed;
    feed.up(kGet).down(answer("200 OK\r\nContent-Length: 2\r\n\r\na")).up("BAD x\r\n\r\n");
    CHECK(feed.fault().empty());
    feed.down("b");
    CHECK(feed.passed_down.ends_with("\r\n\r\nab"));  // the answer is whole
    CHECK(feed.fault().contains("request line"));
    CHECK(feed.walker.fault()->quote == "BAD x");
    CHECK(feed.walker.fault()->answer == Fault::Answer::due);
}

TEST_CASE("of what is refused the first line is quoted, and no field") {
    Feed feed;
    feed.up("\r\nGET /\xff HTTP/1.1\r\nAuthorization: secret\r\n\r\n");
    CHECK(feed.walker.fault()->quote == "GET /\\xff HTTP/1.1");
}

TEST_CASE("what follows a body whose length is wrong is not quoted") {
    Feed feed;
    feed.up("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\na=b&password=hunter2 x\r\n");
    feed.down(answer("204 No\r\n\r\n"));
    CHECK_FALSE(feed.fault().empty());
    CHECK(feed.walker.fault()->quote.empty());
}

TEST_CASE("an empty line after a request passes, and is the beginning of no head") {
    Feed feed;
    feed.up("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi\r\n");
    CHECK(feed.passed_up.ends_with("hi\r\n"));
    CHECK(feed.fault().empty());
    feed.down(answer("204 No\r\n\r\n")).up(kGet);
    CHECK(feed.story.lines.back() == "2 > end");
    feed.up("\r\n\r\n");
    feed.down(answer("204 No\r\n\r\n"));
    CHECK_FALSE(feed.fault().empty());
}

TEST_CASE("while an answer is to come no head is waited for") {
    Feed feed;
    feed.up(kGet + "GET /b");
    CHECK_FALSE(feed.walker.in_head(true));
    feed.down(answer("200 OK\r\nContent-Length: 2\r\n\r\na"));
    CHECK_FALSE(feed.walker.in_head(true));
    feed.down("b");
    CHECK(feed.walker.in_head(true));
}

TEST_CASE("an origin that ends without an answer ends what waits for it") {
    for (const auto* more : {"junk\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"}) {
        Feed feed;
        feed.up(kGet + more).end(false);
        CHECK_FALSE(feed.fault().empty());
        CHECK(feed.walker.fault()->answer == Fault::Answer::none);
    }
    Feed upgrade;
    upgrade.up("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n" + kGet).end(false);
    CHECK_FALSE(upgrade.fault().empty());
}

TEST_CASE("a fault names its exchange") {
    Feed answer_of_second;
    answer_of_second.up(kGet + kGet).down(answer("204 No\r\n\r\n") + answer("20 OK\r\n\r\n"));
    CHECK(answer_of_second.walker.fault()->exchange == 2U);
    Feed third;
    third.up(kGet).down(answer("204 No\r\n\r\n")).up("GET / HTTP/1.1\r\n\r\n");
    CHECK(third.walker.fault()->exchange == 2U);
    Feed surplus;
    surplus.down("HTTP/1.1 200 OK\r\n\r\n");
    CHECK_FALSE(surplus.walker.fault()->exchange);
}

TEST_CASE("of a URL and Host that differ servers take the one or the other") {
    CHECK(refused("GET http://a.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n").contains("different hosts"));
    CHECK(refused("GET http://a.test/ HTTP/1.1\r\nHost: A.test\r\n\r\n").empty());
}

TEST_CASE("a head that its sender does not finish is refused") {
    Feed request;
    request.up("GET / HTTP/1.1\r\nHost: a\r\n").end(true);
    CHECK(request.fault().contains("not whole"));
    Feed response;
    response.up(kGet).down("HTTP/1.1 200 OK\r\n").end(false);
    CHECK(response.fault().contains("not whole"));
    CHECK(response.walker.fault()->status == 502);
}

TEST_CASE("an answer that only the end of the connection ends is whole if that came in order") {
    for (const bool in_order : {true, false}) {
        Feed feed;
        feed.up(kGet).down(answer("200 OK\r\n\r\nsome")).end(false, in_order);
        CHECK((feed.story.lines.back() == "1 < end") == in_order);
        CHECK(feed.walker.all_whole() == in_order);
        CHECK(feed.fault().empty());
    }
}

TEST_CASE("a client that pipelines without reading waits") {
    Feed feed;
    for (int i = 0; i < 1200; ++i) feed.up(kGet);
    CHECK(feed.passed_up.size() == 1000 * kGet.size());
    CHECK(feed.fault().empty());
    feed.down(answer("204 No\r\n\r\n"));
    CHECK(feed.passed_up.size() == 1001 * kGet.size());
}

TEST_CASE("a head that is too large is refused within the room of a relay") {
    Feed feed;
    feed.up("GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 3 && feed.fault().empty(); ++i) feed.up("X: " + std::string(60'000, 'x') + "\r\n");
    CHECK(feed.fault().contains("128 KiB"));
    CHECK(feed.walker.fault()->status == 431);
}

TEST_CASE("of trailers nothing passes before all are known") {
    const std::string before = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n";
    const std::string forbidden = "X: y\r\nHost: b\r\n\r\n";
    for (std::size_t split = 0; split < forbidden.size(); ++split) {
        Feed feed;
        feed.up(before).up(forbidden.substr(0, split)).up(forbidden.substr(split));
        CHECK(feed.passed_up == before);
        CHECK(feed.fault().contains("trailers hold"));
    }
    Feed whole;
    whole.up(before + "A: 1");
    CHECK(whole.passed_up == before);  // however it comes
    Feed singly;
    for (const char octet : before + "A: 1\r\nB: 2\r\n\r") singly.up({&octet, 1});
    CHECK(singly.passed_up == before);
    singly.up("\n" + kGet);
    CHECK(singly.passed_up == before + "A: 1\r\nB: 2\r\n\r\n" + kGet);
    CHECK(singly.story.lines[2] == "1 > trailer A=1");
    CHECK(singly.story.lines.back() == "2 > end");
}

TEST_CASE("trailers that the end cuts off do not pass, the end of chunks without its last line does") {
    const std::string head = answer("200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    Feed feed;
    feed.up(kGet).down(head + "0\r\nX: y\r\n").end(false);
    CHECK(feed.fault().contains("not whole"));
    CHECK(feed.passed_down == head + "0\r\n");
    Feed bare;
    bare.up(kGet).down(head + "0\r\n").end(false);
    CHECK(bare.fault().empty());
    CHECK(bare.passed_down == head + "0\r\n");
}

TEST_CASE("lengths that a signed reader takes for others do not pass") {
    const auto post = [](const std::string& length) {
        return refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n");
    };
    CHECK(post("9223372036854775807").empty());
    CHECK(post("9223372036854775808").contains("2^63-1"));
    const auto chunk = [](const std::string& size) {
        Feed feed;
        feed.up("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + size + "\r\n");
        return feed.fault();
    };
    CHECK(chunk("7fffffffffffffff").empty());
    CHECK_FALSE(chunk("8000000000000000").empty());
}

// --- Upgrades ------------------------------------------------------------------------------------------------------

namespace {

std::string upgrade(std::string_view protocol, std::string_view more, std::string_view method = "GET") {
    return fmt::format("{} / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {}\r\n{}\r\n",
                       method, protocol, more);
}
const std::string kSettings = "HTTP2-Settings: AAMAAABkAAQAoAAA\r\n";
const std::string kSwitching = answer("101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n");

}  // namespace

TEST_CASE("a request that turns into HTTP/2 goes on as its first stream") {
    Feed feed;
    feed.up(kGet).down(answer("204 No\r\n\r\n"));
    feed.up(upgrade("h2c", kSettings, "HEAD") + "PRI").down(kSwitching + "frames");
    REQUIRE(feed.walker.http2());
    CHECK(feed.walker.http2()->head);
    CHECK(*feed.walker.http2()->settings == Bytes{0, 3, 0, 0, 0, 100, 0, 4, 0, 160, 0, 0});
    CHECK_FALSE(feed.walker.tunnel());
    CHECK(feed.passed_up.ends_with("\r\n\r\n"));
    CHECK(feed.passed_down.ends_with(kSwitching));
    CHECK(Lines(feed.story.lines.begin() + 4, feed.story.lines.end()) ==
          Lines{"2 1.1 HEAD |a|/ 4", "2 wants h2c", "2 > end", "2 becomes 1", "1 101"});
}

TEST_CASE("HTTP/2 begins where the request's content ends, though 101 comes before") {
    Feed feed;
    feed.up(upgrade("h2c", kSettings + "Content-Length: 4\r\n", "POST") + "ab").down(kSwitching + "frames");
    CHECK_FALSE(feed.walker.http2());
    feed.up("cdPRI");
    CHECK(feed.walker.http2());
    CHECK(feed.passed_up.ends_with("abcd"));
    CHECK(feed.passed_down == kSwitching);
    CHECK(feed.story.lines.back() == "1 > end");
}

TEST_CASE("what is not agreed on as HTTP/2 is none") {
    Feed other;
    other.up(upgrade("websocket, h2c", kSettings)).down(answer("101 Up\r\nUpgrade: websocket\r\n\r\nx"));
    CHECK_FALSE(other.walker.http2());
    CHECK(other.story.lines.back() == "1 down x");
    Feed declined;
    declined.up(upgrade("h2c", kSettings)).down(answer("200 OK\r\nContent-Length: 0\r\n\r\n"));
    declined.up("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: odd\r\n\r\n").down(answer("101 Up\r\n\r\n"));
    CHECK_FALSE(declined.walker.http2());
    for (const auto* settings : {"", "HTTP2-Settings: AAMA*ABk\r\n", "HTTP2-Settings: AAMAA\r\n",
                                 "HTTP2-Settings: AAMAAABk\r\nHTTP2-Settings: AAMAAABk\r\n"}) {
        CHECK(refused_answer(kSwitching, upgrade("h2c", settings)).contains("RFC 7540 section 3.2.1"));
    }
}
