#include "http/h1/head.h"

#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::http;

namespace {

auto parse(std::string_view text) {
    return parse_request_head(as_bytes(text));
}

RequestHead head(std::string_view text) {
    const auto result = parse(text);
    if (const auto* bad = std::get_if<BadHead>(&result)) FAIL(bad->what);
    REQUIRE(std::holds_alternative<RequestHead>(result));
    return std::get<RequestHead>(result);
}

/// The status of the refusal, 0 where it is accepted, -1 where more is asked for.
int status(std::string_view text) {
    const auto result = parse(text);
    if (std::holds_alternative<NeedMore>(result)) return -1;
    const auto* bad = std::get_if<BadHead>(&result);
    if (bad) CHECK_FALSE(bad->what.empty());
    return bad ? bad->status : 0;
}

std::string get(std::string_view fields) {
    return "GET / HTTP/1.1\r\nHost: a.example\r\n" + std::string(fields) + "\r\n";
}
std::string line(std::string_view request_line) {
    return std::string(request_line) + "\r\nHost: a.example\r\n\r\n";
}

std::uint64_t octets(const RequestHead& parsed) {
    return std::get<Length>(parsed.body).octets;
}

}  // namespace

TEST_CASE("a head keeps order, case and the size of what it took") {
    const std::string_view text =
        "POST /a?b=%20|c HTTP/1.1\r\nHost: a.example:8080\r\nX-b: \t two  words \r\nx-A:\r\nContent-Length: 5\r\n\r\n";
    const auto parsed = head(std::string(text) + "12345GET /");
    CHECK(parsed.method == "POST");
    CHECK(parsed.target == "/a?b=%20|c");
    CHECK(parsed.minor == 1);
    CHECK(parsed.size == text.size());
    REQUIRE(parsed.fields.size() == 4);
    CHECK(parsed.fields[1].name == "X-b");
    CHECK(parsed.fields[1].value == "two  words");
    CHECK(parsed.fields[2].name == "x-A");
    CHECK(parsed.fields[2].value.empty());
    CHECK(octets(parsed) == 5);
    CHECK(*parsed.field("HOST") == "a.example:8080");
    CHECK(parsed.field("nothing") == nullptr);
}

TEST_CASE("every prefix of a head asks for more, and octets behind it change nothing") {
    const auto text = "\r\nGET http://a.example/x HTTP/1.1\r\nHost: a.example\r\nCookie: a=b; c=\xff\r\n\r\n";
    const std::string_view whole(text);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        CHECK(status(whole.substr(0, size)) == -1);
    }
    CHECK(head(whole).size == whole.size());
    CHECK(head(std::string(whole) + std::string("\0\n\r\n\r\n", 6)).size == whole.size());
}

TEST_CASE("a refusal stays a refusal whatever follows") {
    for (const auto& text : {get("a b: c\r\n"), get(" folded: x\r\n"), line("GET / HTTP/2.0"), line("GET /#f HTTP/1.1"),
                             std::string("GET /\r\n\r\n"), std::string("GET / HTTP/1.1\nHost: a\n\n")}) {
        int last = -1;
        for (std::size_t size = 0; size <= text.size(); ++size) {
            const auto now = status(std::string_view(text).substr(0, size));
            CHECK(now != 0);
            if (last != -1) CHECK(now == last);
            last = now;
        }
        CHECK(last >= 400);
    }
}

TEST_CASE("one empty line before a request is skipped, two are not") {
    CHECK(head("\r\n" + get("")).size == get("").size() + 2);
    CHECK(status("\r\n\r\n" + get("")) == 400);
    CHECK(status("\n" + get("")) == 400);
}

TEST_CASE("any token is a method") {
    for (const auto* method : {"FOO", "get", "M-SEARCH!#"}) {
        CHECK(head(line(std::string(method) + " / HTTP/1.1")).method == method);
    }
    for (const auto* method : {"", "G(T", "G\tT", "\x80"}) {
        CHECK(status(line(std::string(method) + " / HTTP/1.1")) == 400);
    }
}

TEST_CASE("a method longer than any in use is HTTP all the same, as servers have it, and not implemented") {
    const auto text = line(std::string(33, 'V') + " http://a HTTP/1.1");
    CHECK(status(text) == 501);
    CHECK(looks_like_http(as_bytes(text)) == true);
    CHECK(head(line(std::string(32, 'V') + " / HTTP/1.1")).method.size() == 32);
}

TEST_CASE("only HTTP/1.0 and 1.1 are spoken") {
    for (const auto* version : {"HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/3.1"}) {
        CHECK(status(line(std::string("GET / ") + version)) == 505);
    }
    for (const auto* version : {"http/1.1", "HTTP/1.10", "HTTP/11", "HTTP/1", "HTTPS/1.1", "HTTP/1.1 "}) {
        INFO(version);
        CHECK(status(line(std::string("GET / ") + version)) == 400);
    }
    CHECK(status("GET /\r\n") == 400);
}

TEST_CASE("line ends are CRLF and nothing else") {
    CHECK(status("GET / HTTP/1.1\nHost: a\n\n") == 400);
    CHECK(status("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n") == 400);
    CHECK(status("GET / HTTP/1.1\r\nHost: a\r\n\n") == 400);
    CHECK(status("GET / HTTP/1.1\r\nHost: a\r\n\rX\r\n\r\n") == 400);
    CHECK(status(get("X: a\rb\r\n")) == 400);
}

TEST_CASE("white space stands only where the grammar has it") {
    for (const auto* text :
         {"GET  / HTTP/1.1", " GET / HTTP/1.1", "GET /  HTTP/1.1", "GET\t/ HTTP/1.1", "GET / a HTTP/1.1"}) {
        INFO(text);
        CHECK(status(line(text)) == 400);
    }
    CHECK(status(get("X : a\r\n")) == 400);
    CHECK(status(get("X\t: a\r\n")) == 400);
    CHECK(status(get("X y: a\r\n")) == 400);
    CHECK(status("GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n") == 400);
}

TEST_CASE("folded fields are refused") {
    CHECK(status(get("X: a\r\n b\r\n")) == 400);
    CHECK(status(get("X: a\r\n\tb\r\n")) == 400);
    CHECK(status(get("Content-Length:\r\n 5\r\n")) == 400);
    CHECK(status(get("Transfer-Encoding:\r\n chunked\r\n")) == 400);
    CHECK(status(get("X: a\r\n \r\n")) == 400);
}

TEST_CASE("control octets and empty names are refused") {
    CHECK(status(get(std::string("X: a\0b\r\n", 8))) == 400);
    CHECK(status(get("X: a\x7f\r\n")) == 400);
    CHECK(status(get("X: a\x1b[31m\r\n")) == 400);
    CHECK(status(get(": a\r\n")) == 400);
    CHECK(status(get("no colon\r\n")) == 400);
    CHECK(status(get(std::string("X\0: a\r\n", 7))) == 400);
    CHECK(status(get("X\x80: a\r\n")) == 400);
}

TEST_CASE("the target fits the method") {
    for (const auto* text :
         {"GET * HTTP/1.1", "CONNECT /path HTTP/1.1", "CONNECT a.example HTTP/1.1",
          "CONNECT http://a.example/ HTTP/1.1", "CONNECT a.example:0 HTTP/1.1", "CONNECT u@a.example:443 HTTP/1.1",
          "GET a.example:443 HTTP/1.1", "GET relative HTTP/1.1", "GET /a#b HTTP/1.1", "GET http:///x HTTP/1.1",
          "GET http://u:p@a.example/ HTTP/1.1", "GET http://a.example:x/ HTTP/1.1"}) {
        INFO(text);
        CHECK(status(line(text)) == 400);
    }
    CHECK(status(line("GET https://a.example/ HTTP/1.1")) == 501);
    CHECK(status(line("GET ftp://a.example/ HTTP/1.1")) == 501);
    CHECK(head(line("OPTIONS * HTTP/1.1")).target == "*");
    CHECK(head(line("CONNECT [2001:db8::1]:443 HTTP/1.1")).target == "[2001:db8::1]:443");
}

TEST_CASE("Host is there once and is a host") {
    for (const auto* text : {"", "Host: a\r\nHost: a\r\n", "Host: a\r\nhost: b\r\n", "Host: a b\r\n", "Host: a/b@c\r\n",
                             "Host: a@b\r\n", "Host: a,b\r\n", "Host: a:b\r\n", "Host: a:99999\r\n", "Host:\r\n",
                             "Host: ::1\r\n", "Host: [::1\r\n", "Host: [a]\r\n", "Host: [::1]x\r\n", "Host: a?b\r\n"}) {
        INFO(text);
        CHECK(status("GET / HTTP/1.1\r\n" + std::string(text) + "\r\n") == 400);
    }
    for (const auto* text :
         {"a", "A.Example.", "a_b.example:8080", "[::1]", "[::1]:80", "192.0.2.1:80", "xn--bcher-kva.example"}) {
        INFO(text);
        CHECK(status("GET / HTTP/1.1\r\nHost: " + std::string(text) + "\r\n\r\n") == 0);
    }
}

TEST_CASE("only HTTP/1.0 may go without Host") {
    CHECK(status("GET / HTTP/1.0\r\n\r\n") == 0);
    CHECK(status("CONNECT a.example:443 HTTP/1.0\r\n\r\n") == 0);
    CHECK(status("CONNECT a.example:443 HTTP/1.1\r\n\r\n") == 0);  // lftp, mitmproxy: the target says it all
    CHECK(status("CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
    CHECK(status("GET http://a.example/ HTTP/1.1\r\n\r\n") == 400);
    CHECK(status("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
}

TEST_CASE("Host may differ from an absolute target, which wins") {
    CHECK(head("GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n").target == "http://a.example/");
}

TEST_CASE("Content-Length is one plain number, once") {
    CHECK(octets(head(get("Content-Length: 0\r\n"))) == 0);
    CHECK(octets(head(get("Content-Length: 5 \t\r\n"))) == 5);
    CHECK(octets(head(get("Content-Length: 9223372036854775807\r\n"))) == 9223372036854775807u);
    for (const auto* value :
         {"", "+5", "-5", "5x", "0x5", "5, 5", "5,6", ",5", "5,", "5 5", "1e3", "18446744073709551616", "\"5\""}) {
        INFO(value);
        CHECK(status(get("Content-Length: " + std::string(value) + "\r\n")) == 400);
    }
    CHECK(status(get("Content-Length: 5\r\nContent-Length: 5\r\n")) == 400);
    CHECK(status(get("Content-Length: 5\r\nContent-Length: 6\r\n")) == 400);
}

TEST_CASE("Transfer-Encoding is chunked, alone, once, in HTTP/1.1") {
    CHECK(std::holds_alternative<Chunked>(head(get("Transfer-Encoding: chunked\r\n")).body));
    CHECK(std::holds_alternative<Chunked>(head(get("transfer-encoding: Chunked\r\n")).body));
    for (const auto* value : {"identity", "gzip, chunked", "chunked;a=b", ", chunked", "xchunked", "\"chunked\""}) {
        INFO(value);
        CHECK(status(get("Transfer-Encoding: " + std::string(value) + "\r\n")) == 501);
    }
    for (const auto* fields :
         {"Transfer-Encoding: \r\n", "Transfer-Encoding : chunked\r\n",
          "Transfer-Encoding: \x0b"
          "chunked\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
          "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
          "Content-Length: 5\r\nTransfer-Encoding: identity\r\n"}) {
        INFO(fields);
        CHECK(status(get(fields)) == 400);
    }
    CHECK(status("GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("CONNECT has no content") {
    const std::string connect = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n";
    CHECK(std::holds_alternative<NoBody>(head(connect + "Content-Length: 0\r\n\r\n").body));
    CHECK(status(connect + "Content-Length: 1\r\n\r\n") == 400);
    CHECK(status(connect + "Transfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("a head is bounded in every dimension") {
    CHECK(status("GET /" + std::string(8192, 'a')) == 414);
    CHECK(status(line("GET /" + std::string(8100, 'a') + " HTTP/1.1")) == 0);
    CHECK(status(get("X: " + std::string(64 * 1024, 'a') + "\r\n")) == 0);
    CHECK(status(get("X: " + std::string(66 * 1024, 'a'))) == 431);
    std::string fields;
    for (int i = 0; i < 199; ++i) fields += "A: b\r\n";
    CHECK(status(get(fields)) == 0);
    CHECK(status(get(fields + "A: b\r\n")) == 431);
    fields.clear();
    for (int i = 0; i < 8; ++i) fields += "X: " + std::string(16000, 'a') + "\r\n";
    CHECK(status(get(fields)) == 0);
    CHECK(status(get(fields + "X: " + std::string(4000, 'a') + "\r\n")) == 431);
}

TEST_CASE("first bytes tell HTTP from other protocols as early as they can") {
    const auto looks = [](std::string_view text) { return looks_like_http(as_bytes(text)); };
    // Of the later ones each is a request to some server, though not to the grammar.
    for (const auto* text :
         {"GET / HTTP/1.1\r\n", "GET / H", "CONNECT ", "M-SEARCH * HTTP/1.1\r\n", "\r\nGET / HTTP/1.0", "GET /\xff H",
          "\r\n\r\nGET / HTTP/1.1", "\n\nGET / H", "GET  / HTTP/1.1", "GET\t/\tHTTP/1.1", "GET / http/1.1",
          "PRI * HTTP/2.0\r\n", "GET /\r\n", "GET / \n", "\r\nGET http://a/\r\n"}) {
        INFO(text);
        CHECK(looks(text) == true);
    }
    for (const auto* text :
         {"", "\r", "\r\n", "\r\n\r\n", "G", "GET", "GET ", "GET /x", "GET /x ", "SSH-2.0-OpenSSH_9.2p1"}) {
        INFO(text);
        CHECK_FALSE(looks(text));
    }
    for (const auto* text : {"\x16\x03\x01", "\x05\x01", " GET", "\r\n\x80", "EHLO mail\r\n", "a001 LOGIN x y\r\n",
                             "OPTIONS sip:a SIP/2.0", "OPTIONS rtsp://a RTSP/1.0", "SSH-2.0-x comment\r\n", "\x80"}) {
        INFO(text);
        CHECK(looks(text) == false);
    }
    CHECK_FALSE(looks(std::string(33, 'A')));
    CHECK(looks(std::string(9000, 'A')) == false);
    for (const auto* text : {"GET key\r\n", "get /x\r\n", "SET /x\r\n"}) CHECK(looks(text) == false);
    CHECK(begins_like_http(as_bytes("GET /")));
    CHECK(begins_like_http(as_bytes("DELETE ")));
    for (const auto* text : {"", "GE", "GET", "GETS /", "HELO x", " GET /"})
        CHECK_FALSE(begins_like_http(as_bytes(text)));
    CHECK_FALSE(looks("GET /" + std::string(9000, 'a')));
    CHECK(looks("GET /" + std::string(9000, 'a') + " HTTP/1.1") == true);
    CHECK(looks("GET /" + std::string(70000, 'a')) == false);
}

namespace {

/// Whose resource the request is for; "-": nobody's, "?": not the same to every server.
std::string host(std::string_view text) {
    const auto named = host_of(head(text));
    if (std::holds_alternative<std::monostate>(named)) return "-";
    const auto* name = std::get_if<std::string>(&named);
    return name ? *name : "?";
}

/// The sentence of a refusal.
std::string sentence(std::string_view text) {
    const auto result = parse(text);
    REQUIRE(std::holds_alternative<BadHead>(result));
    return std::get<BadHead>(result).what;
}

}  // namespace

TEST_CASE("the host of a request is what every server takes for it") {
    CHECK(host("GET / HTTP/1.1\r\nHost: A.example:8080\r\n\r\n") == "A.example");
    CHECK(host("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n") == "::1");
    CHECK(host("GET / HTTP/1.0\r\n\r\n") == "-");
    CHECK(host("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == "a");
    CHECK(host("GET http://a.example/x HTTP/1.1\r\nHost: A.EXAMPLE\r\n\r\n") == "a.example");
    CHECK(host("GET http://a.example/x HTTP/1.0\r\n\r\n") == "a.example");
    CHECK(host("GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n") == "?");
    CHECK(host("CONNECT a.example:443 HTTP/1.1\r\n\r\n") == "a.example");
    CHECK(host("CONNECT a.example:443 HTTP/1.1\r\nHost: b.example\r\n\r\n") == "a.example");
}

TEST_CASE("a refusal is a sentence with the rule that was broken") {
    using test::Contains;
    const auto field = [](std::string_view fields) { return sentence(get(fields)); };
    CHECK_THAT(sentence(line("GET https://a.example/ HTTP/1.1")), Contains("CONNECT") && Contains("https_proxy"));
    CHECK_THAT(sentence(line("GET ftp://a.example/ HTTP/1.1")), Contains("CONNECT"));
    CHECK_THAT(sentence(line("GET http://u:p@a.example/ HTTP/1.1")), Contains("user name") && Contains("4.2.4"));
    CHECK_THAT(sentence(line("GET http://a b/ HTTP/1.1")), Contains("%20") || Contains("RFC 9112 section 3"));
    CHECK_THAT(sentence(line("GET http://:80/ HTTP/1.1")), Contains("the URL's host"));
    CHECK_THAT(sentence(line("GET relative HTTP/1.1")), Contains("neither a path nor a URL"));
    CHECK_THAT(sentence("GET / HTTP/1.1\r\n\r\n"), Contains("Host is missing"));
    for (const auto& text :
         {field("X : a\r\n"), field("no colon\r\n"), field("X: a\x1b[31m\r\n"), field("Host: b\r\n"),
          field("Content-Length: 5, 5\r\n"), field("Transfer-Encoding: gzip\r\n"), field("X: a\r\n b\r\n"),
          field("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), sentence(line("G(T / HTTP/1.1")),
          sentence(line("GET / HTTP/2.0")), sentence("GET / HTTP/1.1\nHost: a\n\n"), sentence(line("GET * HTTP/1.1")),
          sentence(line("CONNECT a HTTP/1.1")), sentence(line("GET /#f HTTP/1.1")),
          field("X: " + std::string(70000, 'a')), sentence("GET / HTTP/1.1\r\n X: a\r\n"),
          sentence("GET /" + std::string(9000, 'a'))}) {
        INFO(text);
        CHECK_THAT(text,
                   Contains("(RFC 9110 section") || Contains("(RFC 9112 section") || Contains("(RFC 6585 section"));
    }
}
