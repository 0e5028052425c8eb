#include "http/page_server.h"

#include "h2/wire.h"
#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::http;
using namespace bascule::http::h2::testing;

namespace {

const Page kPage{.status = 504, .html = "<p>not there</p>"};

/// What comes of `octets` given in pieces of so many.
std::string answers(PageServer& server, std::string_view octets, std::size_t piece) {
    std::string out = server.output();
    for (; !octets.empty(); octets.remove_prefix(std::min(piece, octets.size()))) {
        server.take(as_bytes(octets.substr(0, piece)));
        out += server.output();
    }
    return out;
}

std::string h1_answers(std::string_view request, std::size_t piece, bool done) {
    const auto server = h1::make_page_server(kPage);
    auto out = answers(*server, request, piece);
    CHECK(server->done() == done);
    return out;
}

std::string h2_answers(std::string_view octets, std::size_t piece, bool done) {
    const auto server = h2::make_page_server(kPage);
    auto out = answers(*server, octets, piece);
    CHECK(server->done() == done);
    return out;
}

std::size_t count(std::string_view text, std::string_view word) {
    std::size_t found = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("a page in HTTP/1: one answer, whatever the split, once the head is whole") {
    const std::string upload = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    const auto whole = h1_answers(upload, upload.size(), true);
    CHECK(whole.starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));
    CHECK(whole.ends_with("\r\n\r\n<p>not there</p>"));
    for (std::size_t piece = 1; piece < upload.size(); ++piece) CHECK(h1_answers(upload, piece, true) == whole);
    CHECK(h1_answers(upload + "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 7, true) == whole);
    CHECK(h1_answers("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 4, true).ends_with("Connection: close\r\n\r\n"));
    CHECK(h1_answers("GET / HT", 3, false).empty());
}

TEST_CASE("a page in HTTP/2: one answer, whatever the split, and GOAWAY once it is whole") {
    Feed client;
    const auto asked = std::string(h2::kPreface) + settings() + client.get(1) + client.get(3);
    const auto whole = h2_answers(asked, asked.size(), true);
    for (std::size_t piece = 1; piece <= asked.size(); ++piece) {
        const auto out = h2_answers(asked, piece, true);
        CHECK(count(out, kPage.html) == 1);
        CHECK(out.find(h2::goaway(1, 0, {})) > out.find(kPage.html));
        CHECK(out.find(h2::goaway(1, 0, {})) != out.npos);
    }
}

TEST_CASE("a page in HTTP/2: what is none ends without an answer") {
    CHECK(count(h2_answers("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 4, true), kPage.html) == 0);
}
