#include "inspect/line/line.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

using namespace bascule;
using namespace bascule::inspect;
using namespace std::chrono_literals;

namespace {

ConnectionRecord usual() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    ConnectionRecord record;
    record.time = WallTime(1795410243s + 170ms);
    record.id = "c6f5b84000000001";
    record.source = "10.0.0.7:51234";
    record.target = "api.example:443";
    record.destination = "192.0.2.7:443";
    record.server_name = "api.example";
    record.protocol = "tls";
    record.action = "intercept";
    record.rule = "all";
    record.rule_at = "conf/bascule.yaml:14";
    record.alpn = "h2";
    record.client_tls = {"TLSv1.3", "TLS_AES_128_GCM_SHA256", "x25519", true};
    record.bytes_up = 84;
    record.bytes_down = 4321;
    record.timings.total = 53.2;
    record.end = {By::client, How::close_notify, Step::relay, {}};
    return record;
}

template <class Item>
std::string line(const Item& item, LineStyle style = {}) {
    std::string out;
    append_short(out, item, style);
    return out;
}

}  // namespace

TEST_CASE("a connection that went well") {
    CHECK(
        line(usual()) ==
        "05:04:03.170 c6f5b84 10.0.0.7    intercept api.example:443 TLSv1.3 h2, 84 B up, 4.3 kB down, 53 ms, rule all");
    CHECK(course_of(usual()) == Course::in_order);
}

TEST_CASE("one that was let through, by an address, without a rule") {
    auto record = usual();
    record.action = "passthrough";
    record.client_tls.reset();
    record.alpn.clear();
    record.server_name = record.target = "[2001:db8::7]:443";
    record.server_name = "2001:db8::7";
    record.source = "[2001:db8::1]:9";
    record.rule.clear();
    record.bytes_down = 123'456'789'012;
    record.timings.total = 303'000;
    CHECK(line(record) ==
          "05:04:03.170 c6f5b84 [2001:db8::1] passthrough [2001:db8::7]:443 tls, 84 B up, 123.5 GB down, 5m03s");
}

TEST_CASE("one that was blocked") {
    auto record = usual();
    record.end = {By::proxy, How::blocked, Step::peek, "blocked by rule all"};
    CHECK(line(record) == "05:04:03.170 c6f5b84 10.0.0.7    BLOCKED api.example:443 by rule all (bascule.yaml:14)");
    CHECK(course_of(record) == Course::blocked);
}

TEST_CASE("one that failed says why and what to do") {
    auto record = usual();
    record.end = {
        By::client, How::alert, Step::client_handshake,
        "the client refused our certificate (alert unknown_ca); install ca.crt on it, or passthrough this name"};
    CHECK(line(record) ==
          "05:04:03.170 c6f5b84 10.0.0.7    FAILED api.example:443: the client refused our certificate (alert "
          "unknown_ca); "
          "install ca.crt on it, or passthrough this name");
    record.end = {By::client, How::error, Step::preface, {}};
    record.target = record.destination = record.server_name = "";
    CHECK(line(record) == "05:04:03.170 c6f5b84 10.0.0.7    FAILED: error by the client");
    CHECK(course_of(record) == Course::failed);
}

TEST_CASE("one that was cut while it was relayed") {
    auto record = usual();
    record.end = {By::upstream, How::reset, Step::relay, "the upstream reset the connection"};
    CHECK(line(record) ==
          "05:04:03.170 c6f5b84 10.0.0.7    intercept api.example:443 TLSv1.3 h2, 84 B up, 4.3 kB down, 53 ms, rule "
          "all; the "
          "upstream reset the connection");
    CHECK(course_of(record) == Course::cut_short);
}

TEST_CASE("long values are cut in the middle, so that the end is read") {
    auto record = usual();
    record.server_name = std::string(200, 'n') + ".example";
    record.rule = std::string(300, 'r');
    record.end = {By::proxy, How::unverified, Step::upstream_handshake,
                  "upstream certificate " + std::string(900, 'x') + "; add its CA to upstream.trust"};
    const auto text = line(record);
    CHECK(text.size() <= 199);
    CHECK(text.ends_with("; add its CA to upstream.trust"));
    CHECK(text.find(" ... ") != std::string::npos);
    record.end = {By::proxy, How::blocked, Step::peek, {}};
    CHECK(line(record).size() <= 200);
    record.end = {By::upstream, How::reset, Step::relay, std::string(500, 'y')};
    CHECK(line(record).size() <= 199);
    record.source = "[2001:db8:1111:2222:3333:4444:5555:6666]:65535";
    CHECK(line(record).size() <= 210);
}

TEST_CASE("what a peer said cannot forge a line or speak to a terminal") {
    auto record = usual();
    record.end = {By::client, How::error, Step::preface, "first bytes \"GET \\x00\" \n05:04 \x1b[2J"};
    const auto text = line(record);
    CHECK(text.find_first_of("\n\x1b") == std::string::npos);
    CHECK(text.find("\"GET \\x00\"") != std::string::npos);
}

TEST_CASE("colours are for terminals, and change nothing else") {
    auto record = usual();
    record.end = {By::proxy, How::blocked, Step::peek, {}};
    const auto colored = line(record, {.time = true, .color = true});
    CHECK(colored.find("\x1b[1;33mBLOCKED\x1b[0m") != std::string::npos);
    std::string plain;
    for (std::size_t i = 0; i < colored.size(); ++i) {
        if (colored[i] == '\x1b')
            i = colored.find('m', i);
        else
            plain += colored[i];
    }
    CHECK(plain == line(record));
}

TEST_CASE("an event is its message, and its level where that is not calm") {
    Event event{usual().time, Level::info, "listening", "explicit on 127.0.0.1:8080", {}};
    CHECK(line(event) == "05:04:03.170 listening: explicit on 127.0.0.1:8080");
    event.level = Level::warning;
    CHECK(line(event, {.time = false, .color = false}) == "warning: explicit on 127.0.0.1:8080");
    const std::string longer(600, 'm');
    event.message = longer;
    CHECK(line(event).size() <= 200);
}

TEST_CASE("sizes and times have the units that people use") {
    CHECK(size_text(0) == "0 B");
    CHECK(size_text(999) == "999 B");
    CHECK(size_text(1000) == "1.0 kB");
    CHECK(size_text(999'960) == "1.0 MB");
    CHECK(size_text(1'500'000'000) == "1.5 GB");
    CHECK(size_text(UINT64_MAX) == "18.4 EB");
    CHECK(span_text(0.42) == "0.4 ms");
    CHECK(span_text(53.2) == "53 ms");
    CHECK(span_text(1'234) == "1.2 s");
    CHECK(span_text(65'000) == "1m05s");
    CHECK(span_text(7'380'000) == "2h03m");
}

namespace {

ExchangeRecord exchange() {
    const auto connection = usual();
    ExchangeRecord record;
    record.time = connection.time;
    record.id = "c6f5b84000000001";
    record.source = "10.0.0.7:51234";
    record.method = "GET";
    record.scheme = "https";
    record.authority = "api.example";
    record.path = "/v1/items?limit=5";
    record.status = 200;
    record.response.content_type = "application/json; charset=utf-8";
    record.response.body_bytes = 4211;
    record.timings.total = 38;
    return record;
}

}  // namespace

TEST_CASE("an exchange is one line: what was asked for, and what came") {
    CHECK(
        line(exchange()) ==
        "05:04:03.170 c6f5b84 10.0.0.7    GET https://api.example/v1/items?limit=5  200 application/json 4.2 kB 38 ms");
    auto bare = exchange();
    bare.response.content_type.clear();
    bare.status = 304;
    CHECK(line(bare).ends_with("  304 4.2 kB 38 ms"));
}

TEST_CASE("an exchange that was not in order says so last") {
    auto record = exchange();
    record.status.reset();
    record.end = {By::upstream, ExchangeHow::truncated, "the origin left"};
    CHECK(line(record).ends_with("?limit=5  NO ANSWER 38 ms; the origin left"));
    record.end.detail.clear();
    CHECK(line(record).ends_with("; truncated by the upstream"));
    record.path = "/" + std::string(500, 'x') + "\x1b[1m";
    record.method = std::string(300, 'M');
    record.end.detail = std::string(500, 'd');
    CHECK(line(record).size() < 200);
    CHECK_FALSE(line(record).contains('\x1b'));
    record.response.content_type =
        "x\xc2\x9b"
        "2J\xe2\x80\xaey\xff";  // C1 controls and overrides are obeyed by terminals
    record.status = 200;
    CHECK_FALSE(line(record).contains("\xc2\x9b"));
    CHECK_FALSE(line(record).contains("\xe2\x80\xae"));
    CHECK_FALSE(line(record).contains("\xff"));
}

TEST_CASE("a status has its colour") {
    const auto colored = [](std::uint32_t status) {
        auto record = exchange();
        record.status = status;
        return line(record, {.time = true, .color = true});
    };
    CHECK(colored(200).contains("\x1b[32m200\x1b[0m"));
    CHECK(colored(404).contains("\x1b[1;33m404\x1b[0m"));
    CHECK(colored(502).contains("\x1b[1;31m502\x1b[0m"));
}

namespace {

WebSocketRecord web_socket() {
    WebSocketRecord record;
    record.time = usual().time;
    record.id = "c6f5b84000000001";
    record.source = "10.0.0.7:51234";
    record.scheme = "wss";
    record.authority = "api.example";
    record.path = "/chat";
    record.messages_up = 2;
    record.messages_down = 3;
    record.bytes_up = 84;
    record.bytes_down = 4321;
    record.close_code = 1000;
    record.duration_ms = 1200;
    return record;
}

}  // namespace

TEST_CASE("a WebSocket is one line") {
    auto record = web_socket();
    CHECK(line(record) ==
          "05:04:03.170 c6f5b84 10.0.0.7    WEBSOCKET wss://api.example/chat  2 up (84 B), 3 down (4.3 kB), closed "
          "1000 1.2 s");
    record.close_code.reset();
    record.end = {By::client, ExchangeHow::truncated, {}};
    CHECK(line(record).ends_with(" 1.2 s; truncated by the client"));
}

namespace {

template <class Record>
std::string row(const Record& record, std::uint16_t window) {
    return line(record, {.time = true, .window = window});
}

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char octet) { return (static_cast<unsigned char>(octet) & 0xc0) != 0x80; }));
}

}  // namespace

TEST_CASE("in a window an exchange is a row of its width, without id and source") {
    auto record = exchange();
    CHECK(row(record, 100) == "05:04:03.170 GET     https://api.example/v1/items?limit=5" + std::string(21, ' ') +
                                  "  200   4.2 kB   38 ms");
    CHECK(row(record, 130).ends_with("  200 application/json           4.2 kB   38 ms"));
    record.path += std::string(200, 'x');
    for (const std::uint16_t window : {70, 80, 100, 110, 130, 240}) {
        CHECK(code_points(row(record, window)) == window);
        CHECK(row(record, window).contains("\u2026  200 "));
    }
    record.status.reset();
    CHECK(code_points(row(record, 100)) == 100);
    CHECK(row(record, 20).contains("https://api.exa\u2026"));  // no room at all: the terminal's own wrapping is left
}

TEST_CASE("in a window a WebSocket is a row of its width") {
    CHECK(row(web_socket(), 100) == "05:04:03.170 WS      wss://api.example/chat" + std::string(6, ' ') +
                                        "  2 up (84 B), 3 down (4.3 kB), closed 1000   1.2 s");
    CHECK(code_points(row(web_socket(), 90)) == 90);
}

TEST_CASE("in a window an ending is below, whole, and a code point is not cut in two") {
    auto record = exchange();
    record.end = {By::upstream, ExchangeHow::truncated, std::string(300, 'd')};
    CHECK(row(record, 100).ends_with("   38 ms\n             " + std::string(300, 'd')));
    record.end = {};
    record.path = "/";
    for (int i = 0; i < 50; ++i) record.path += "\u00e4";
    for (std::uint16_t window = 70; window < 80; ++window) CHECK(code_points(row(record, window)) == window);
}

TEST_CASE("where all is to be seen nothing is cut") {
    auto record = exchange();
    record.path = "/" + std::string(500, 'x');
    record.end = {By::upstream, ExchangeHow::truncated, std::string(500, 'd')};
    const auto text = line(record, {.whole = true});
    CHECK(text.contains(record.path));
    CHECK(text.ends_with(record.end.detail));
    auto failed = usual();
    failed.end = {By::upstream, How::unverified, Step::upstream_handshake, std::string(500, 'd')};
    CHECK(line(failed, {.whole = true}).ends_with(failed.end.detail));
}
