#include "http/h1/forward.h"

#include "http/reply.h"
#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::http;

namespace {

std::string forward(std::string_view text) {
    const auto head = std::get<RequestHead>(parse_request_head(as_bytes(text)));
    return for_origin(head, parse_absolute_target(head.target).value());
}

}  // namespace

TEST_CASE("an absolute target is split into authority and path") {
    const auto target = parse_absolute_target("HTTP://A.Example:8080/x?y=http://z/").value();
    CHECK(target.authority == HostPort{"A.Example", 8080});
    CHECK(target.origin_form == "/x?y=http://z/");
    CHECK(parse_absolute_target("http://a")->origin_form == "/");
    CHECK(parse_absolute_target("http://a")->authority.port == 80);
    CHECK(parse_absolute_target("http://a?q")->origin_form == "/?q");
    CHECK(parse_absolute_target("http://a/\xc3\xa4")->origin_form == "/\xc3\xa4");  // as curl sends what is typed
    CHECK(parse_absolute_target("http://[2001:db8::1]:81/")->authority == HostPort{"2001:db8::1", 81});
    for (const auto* text :
         {"", "/", "http:/a", "http://", "http:///", "https://a/", "http://u@a/", "http://a:0/", "http://a:x/",
          "http://a b/", "http://a/#f", "http://[::1/", "http://a%00/", "http://[1.2.3.4]/", "http://\xc3\xa4/"}) {
        INFO(text);
        CHECK_FALSE(parse_absolute_target(text));
    }
}

TEST_CASE("the origin gets its own form of the request and nothing that was meant for the proxy") {
    CHECK(
        forward(
            "POST http://a.example/x?y HTTP/1.1\r\nhost: b.example\r\nAccept: */*\r\nConnection: keep-alive, X-Hop\r\n"
            "Keep-Alive: 5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\n"
            "Proxy-Authenticate: Basic\r\nTE: trailers\r\nTrailer: X\r\nUpgrade: h2c\r\nx-hop: 1\r\n"
            "Content-Length: 5\r\nCookie: a=b\r\ncookie: c=d\r\n\r\n") ==
        "POST /x?y HTTP/1.1\r\nhost: a.example\r\nAccept: */*\r\nContent-Length: 5\r\nCookie: a=b\r\ncookie: "
        "c=d\r\n\r\n");
}

TEST_CASE("a missing Host is added and an odd port is kept") {
    CHECK(forward("GET http://a.example:8080 HTTP/1.0\r\nX: y\r\n\r\n") ==
          "GET / HTTP/1.0\r\nHost: a.example:8080\r\nX: y\r\nConnection: close\r\n\r\n");
    CHECK(forward("GET http://[2001:db8::1]:80/ HTTP/1.1\r\nHost: x\r\n\r\n") ==
          "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n");
}

TEST_CASE("Connection cannot remove what frames the request or says whose it is") {
    CHECK(forward("POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\n"
                  "Connection: close,Content-Length ,\thost, transfer-encoding\r\nContent-Length: 5\r\n\r\n") ==
          "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
}

TEST_CASE("Trailer stays with a chunked body") {
    CHECK(forward("POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n") ==
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n");
}

TEST_CASE("OPTIONS for a whole server asks the origin with an asterisk") {
    CHECK(forward("OPTIONS http://a:8001 HTTP/1.1\r\nHost: a\r\n\r\n")
              .starts_with("OPTIONS * HTTP/1.1\r\nHost: a:8001\r\n"));
    CHECK(forward("OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("OPTIONS / HTTP/1.1\r\n"));
}

TEST_CASE("of upgrades the one to a WebSocket goes on") {
    CHECK(
        forward("GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n") ==
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    for (const auto* fields : {"Upgrade: websocket\r\n", "Connection: Upgrade\r\nUpgrade: h2c\r\n",
                               "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n"}) {
        CHECK(forward(std::string("GET http://a/ HTTP/1.1\r\nHost: a\r\n") + fields + "\r\n") ==
              "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
}

TEST_CASE("a client's connection goes on unless it says otherwise") {
    const auto goes_on = [](std::string_view text) {
        return persists(std::get<RequestHead>(parse_request_head(as_bytes(text))));
    };
    CHECK(goes_on("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK_FALSE(goes_on("GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: y ,Close\r\n\r\n"));
    CHECK_FALSE(goes_on("GET http://a/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST_CASE("an answer becomes the client's, and says whether either connection goes on") {
    const auto kept =
        for_client("HTTP/1.1 200 Fine\r\nX: y\r\nConnection: z\r\nZ: 1\r\nContent-Length: 2\r\n\r\nok", {}, false);
    CHECK(kept.text == "HTTP/1.1 200 Fine\r\nX: y\r\nContent-Length: 2\r\n\r\n");
    CHECK((kept.status == 200 && kept.size == 67 && kept.persists && !kept.closes));

    const auto old = for_client("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n", {}, false);
    CHECK(old.text == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    CHECK((!old.persists && !old.closes));

    const auto endless = for_client("HTTP/1.1 200 OK\r\n\r\n", {}, false);
    CHECK(endless.text == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    CHECK((!endless.persists && endless.closes));

    CHECK(for_client("HTTP/1.1 200 OK\r\n\r\n", {.head = true}, false).text == "HTTP/1.1 200 OK\r\n\r\n");
    CHECK(for_client("HTTP/1.1 204 \r\n\r\n", {}, true).text == "HTTP/1.1 204 \r\nConnection: close\r\n\r\n");
    CHECK(for_client("HTTP/1.1 100 \r\n\r\n", {}, true).text == "HTTP/1.1 100 \r\n\r\n");
    CHECK(for_client("HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
                     {.upgrade = true, .socket = true}, false)
              .text == "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
}

TEST_CASE("a reply of the proxy is whole and cannot be forged by what it quotes") {
    CHECK(reply(403, "blocked by rule ads\r\nX: y") ==
          "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 28\r\nCache-Control: "
          "no-store\r\nConnection: close\r\n\r\n"
          "blocked by rule ads\\r\\nX: y\n");
    CHECK(reply(400, R"("GET \"x\"": no)").ends_with("\r\n\r\n\"GET \\\"x\\\"\": no\n"));
    CHECK_FALSE(reply(403, "x", Then::keep).contains("Connection"));
    CHECK(reply(504, "").starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));
}
