#include "http/speaker/speaker.h"
#include "tests/support/catch.h"
#include "tests/support/ear.h"

using namespace bascule;
using namespace bascule::http;
using bascule::test::Ear;

namespace {

constexpr std::size_t kAll = SIZE_MAX / 2;
using Role = Speaker::Role;

std::string said(Ear& ear) {
    Bytes out;
    ear.speaker->output(out, kAll);
    return std::string(as_text(out));
}
void tell(Ear& ear, std::string_view octets, std::size_t piece = kAll) {
    for (; !octets.empty(); octets.remove_prefix(std::min(piece, octets.size())))
        ear.speaker->hear(as_bytes(octets.substr(0, piece)));
}
Ear server() {
    return Ear([](Hearer& hearer) { return h1::make_speaker(Role::server, hearer); });
}
Ear client() {
    return Ear([](Hearer& hearer) { return h1::make_speaker(Role::client, hearer); });
}
MessageHead ok(OwnedFields fields, bool ends = false) {
    return {.status = 200, .reason = "Fine", .fields = std::move(fields), .ends = ends};
}
MessageHead post(OwnedFields fields, bool ends = false) {
    return {.method = "POST", .authority = "a.test", .path = "/x?y", .fields = std::move(fields), .ends = ends};
}
constexpr std::string_view kGet = "GET /one HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("h1 server: a request is heard whatever the split, what is for this hop is not") {
    const std::string_view octets =
        "POST /x?y HTTP/1.1\r\nhOsT: a.test:81\r\nX-One: 1\r\nConnection: keep-alive, x-hop\r\nX-Hop: 2\r\n"
        "Transfer-Encoding: chunked\r\nKeep-Alive: 3\r\n\r\n5;e=1\r\nhello\r\n0\r\nX-Sum: 4\r\n\r\n";
    for (const std::size_t piece : {kAll, std::size_t{1}, std::size_t{3}}) {
        auto ear = server();
        tell(ear, octets, piece);
        const auto& heard = ear.all.at(1);
        CHECK(heard.heads.at(0).method == "POST");
        CHECK(heard.heads[0].authority == "a.test:81");
        CHECK(heard.heads[0].path == "/x?y");
        REQUIRE(heard.heads[0].fields.size() == 2);
        CHECK(heard.heads[0].fields[0].name == "hOsT");
        CHECK(heard.heads[0].fields[1].name == "X-One");
        CHECK(heard.content == "hello");
        CHECK(heard.trailers.at(0).value == "4");
        CHECK(heard.whole);
    }
}

TEST_CASE("h1 server: answers are framed as their client can read them") {
    auto ear = server();
    tell(ear, kGet);
    ear.speaker->answer(1, {.status = 103, .reason = "Early Hints", .fields = {{"Link", "</a>"}}});
    ear.speaker->answer(1, ok({{"X-A", "1"}}));
    ear.speaker->content(1, as_bytes("hello"));
    ear.speaker->whole(1, {{"X-Sum", "2"}});
    CHECK(said(ear) ==
          "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
          "HTTP/1.1 200 Fine\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 2\r\n\r\n");
    CHECK(ear.all.at(1).sent == 5);

    tell(ear, kGet);
    ear.speaker->answer(2, ok({{"content-length", "3"}}));
    ear.speaker->content(2, as_bytes("abc"));
    ear.speaker->whole(2, {});
    CHECK(said(ear) == "HTTP/1.1 200 Fine\r\ncontent-length: 3\r\n\r\nabc");

    tell(ear, kGet);
    ear.speaker->answer(3, ok({}, true));
    CHECK(said(ear) == "HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n");

    tell(ear, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    ear.speaker->answer(4, ok({{"Content-Length", "9"}}, true));
    CHECK(said(ear) == "HTTP/1.1 200 Fine\r\nContent-Length: 9\r\n\r\n");

    tell(ear, "GET / HTTP/1.0\r\n\r\n");
    ear.speaker->answer(5, {.status = 103});
    ear.speaker->answer(5, ok({}));
    ear.speaker->content(5, as_bytes("till the end"));
    CHECK_FALSE(ear.speaker->done());
    ear.speaker->whole(5, {});
    CHECK(said(ear) == "HTTP/1.1 200 Fine\r\nConnection: close\r\n\r\ntill the end");
    CHECK(ear.speaker->done());
    CHECK_FALSE(ear.speaker->cut_short());
}

TEST_CASE("h1 server: what is pipelined waits for its turn, and is bounded by may_hear") {
    auto ear = server();
    tell(ear, std::string(kGet) + std::string(kGet) + std::string(kGet));
    CHECK(ear.all.size() == 1);
    for (ExchangeId id = 1; id <= 3; ++id) {
        CHECK(ear.all.size() == id);
        ear.speaker->answer(id, ok({}, true));
    }
    auto full = server();
    tell(full, kGet);
    while (full.speaker->may_hear()) tell(full, kGet);
    CHECK(full.all.size() == 1);
    full.speaker->answer(1, ok({}, true));
    CHECK(full.all.size() == 2);
}

TEST_CASE("h1: content that is not used stops the hearing") {
    auto ear = server();
    ear.uses = false;
    tell(ear, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    std::size_t given = 0;
    while (ear.speaker->may_hear()) {
        tell(ear, std::string(1000, 'x'));
        given += 1000;
    }
    CHECK(given < h1::kMostUnused + 1000);
    ear.speaker->used(1, given);
    CHECK(ear.speaker->may_hear());
}

TEST_CASE("h1 server: what is malformed is answered, or cuts the exchange off that it is part of") {
    auto ear = server();
    tell(ear, "GET / HTTP/1.1\r\n\r\n");
    CHECK(said(ear).starts_with("HTTP/1.1 400 "));
    CHECK(ear.speaker->done());

    auto broken = server();
    tell(broken, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    CHECK(broken.all.at(1).code);
    CHECK(broken.speaker->done());
}

TEST_CASE("h1 server: a client that has ended its direction still gets its answer") {
    auto ear = server();
    tell(ear, kGet);
    ear.speaker->heard_all(true);
    CHECK_FALSE(ear.speaker->done());
    ear.speaker->answer(1, ok({}, true));
    CHECK(said(ear).contains("Connection: close"));
    CHECK(ear.speaker->done());

    auto gone = server();
    tell(gone, kGet);
    gone.speaker->heard_all(false);
    CHECK(gone.all.at(1).code);
}

TEST_CASE("h1 client: requests are framed as their origin can read them") {
    auto ear = client();
    ear.speaker->ask(post({{"X-A", "1"}}));
    ear.speaker->content(1, as_bytes("hello"));
    ear.speaker->whole(1, {});
    CHECK(said(ear) ==
          "POST /x?y HTTP/1.1\r\nX-A: 1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    CHECK_FALSE(ear.speaker->may_begin());
    tell(ear, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 2\r\n\r\nok", 1);
    const auto& heard = ear.all.at(1);
    REQUIRE(heard.heads.size() == 2);
    CHECK(heard.heads[0].status == 100);
    CHECK(heard.heads[1].reason == "Made");
    CHECK(heard.content == "ok");
    CHECK(heard.whole);
    CHECK(ear.speaker->may_begin());

    ear.speaker->ask(post({{"Host", "other"}}, true));
    CHECK(said(ear) == "POST /x?y HTTP/1.1\r\nHost: other\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("h1 client: an answer ends with the connection, or is lost with it") {
    for (const bool in_order : {true, false}) {
        auto ear = client();
        ear.speaker->ask(post({}, true));
        tell(ear, "HTTP/1.1 200 OK\r\n\r\nall that there is");
        ear.speaker->heard_all(in_order);
        CHECK(ear.all.at(1).content == "all that there is");
        CHECK(ear.all.at(1).whole == in_order);
        CHECK(ear.all.at(1).code.has_value() != in_order);
        CHECK_FALSE(ear.speaker->may_begin());
    }
    auto cut = client();
    cut.speaker->ask(post({}, true));
    tell(cut, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort");
    cut.speaker->heard_all(true);
    CHECK(cut.all.at(1).code);
    CHECK_FALSE(cut.all.at(1).whole);
}

TEST_CASE("h1 client: what answers no request, and codings that cannot be undone, are refused") {
    auto ear = client();
    CHECK_FALSE(ear.speaker->hear(as_bytes("HTTP/1.1 200 OK\r\n\r\n")));
    CHECK_FALSE(ear.speaker->may_begin());
    auto coded = client();
    coded.speaker->ask(post({}, true));
    tell(coded, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n");
    CHECK(coded.all.at(1).code);
}

TEST_CASE("h1: both ends switch over to what follows 101") {
    auto there = server();
    auto here = client();
    MessageHead asked = post({}, true);
    asked.method = "GET";
    asked.protocol = "websocket";
    here.speaker->ask(asked);
    tell(there, said(here));
    CHECK(there.all.at(1).heads.at(0).protocol == "websocket");
    there.speaker->answer(1, {.protocol = "websocket", .status = 101, .reason = "Switching Protocols"});
    there.speaker->content(1, as_bytes("from there"));
    tell(here, said(there));
    CHECK(here.all.at(1).heads.at(0).protocol == "websocket");
    CHECK(here.all.at(1).content == "from there");
    here.speaker->content(1, as_bytes("from here"));
    tell(there, said(here));
    CHECK(there.all.at(1).content == "from here");
}

TEST_CASE("h1: to give up is to end, or to cut off what would look whole") {
    for (const std::string_view request : {kGet, std::string_view("GET / HTTP/1.0\r\n\r\n")}) {
        auto ear = server();
        tell(ear, request);
        ear.speaker->answer(1, ok({}));
        ear.speaker->content(1, as_bytes("half"));
        ear.speaker->give_up(1, 0);
        CHECK(ear.speaker->cut_short() == (request != kGet));
        CHECK(ear.last);
        CHECK(said(ear).ends_with("half") == (request != kGet));
        CHECK(ear.speaker->done());
    }
}

TEST_CASE("h1: what was switched to ends as a whole") {
    auto there = server();
    tell(there, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    there.speaker->answer(1, {.protocol = "websocket", .status = 101, .reason = "Switching Protocols"});
    there.speaker->whole(1, {});
    said(there);
    CHECK(there.speaker->done());
}
