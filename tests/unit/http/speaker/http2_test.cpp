#include "../h2/wire.h"
#include "http/speaker/speaker.h"
#include "tests/support/catch.h"
#include "tests/support/ear.h"

#include <random>

using namespace bascule;
using namespace bascule::http;
using namespace bascule::http::h2;
using bascule::test::Ear;

namespace {

constexpr std::size_t kAll = SIZE_MAX / 2;
using Role = Speaker::Role;

std::unique_ptr<Speaker> make_client(Hearer& hearer) {
    return h2::make_speaker(Role::client, hearer);
}
std::unique_ptr<Speaker> make_server(Hearer& hearer) {
    return h2::make_speaker(Role::server, hearer);
}

/// A client and a server, whose octets a walker watches on their way.
struct Pair {
    Ear client{make_client};
    Ear server{make_server};
    h2::testing::Story told;
    std::unique_ptr<Walker> walker = h2::make_walker(told);
    std::string up, down;

    bool carry(bool is_up, std::size_t piece) {
        auto& held = is_up ? up : down;
        Bytes said;
        (is_up ? client : server).speaker->output(said, kAll);
        held += as_text(said);
        const auto admitted = walker->admit(is_up, as_bytes(held));
        for (std::size_t at = 0; at < admitted; at += piece) {
            const auto some = std::min(piece, admitted - at);
            (is_up ? server : client).speaker->hear(as_bytes(std::string_view(held).substr(at, some)));
        }
        held.erase(0, admitted);
        CHECK_FALSE(walker->fault());
        return admitted > 0;
    }
    /// Until neither has more to say.
    void talk(std::size_t piece = kAll) {
        bool moved = true;
        while (moved) {
            const bool there = carry(true, piece);
            moved = carry(false, piece) || there;
        }
    }
};

MessageHead get(bool ends = true) {
    return {.method = "GET",
            .scheme = "https",
            .authority = "a.test",
            .path = "/x?y",
            .fields = {{"accept", "*/*"}, {"cookie", "secret", true}},
            .ends = ends};
}
MessageHead ok(bool ends = false) {
    return {.status = 200, .fields = {{"content-type", "text/plain"}}, .ends = ends};
}

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    std::minstd_rand random(7);
    for (auto& c : text) c = static_cast<char>(random());
    return text;
}

}  // namespace

TEST_CASE("an exchange is heard as it was said, whatever the split") {
    for (const std::size_t piece : {kAll, std::size_t{1}, std::size_t{7}}) {
        Pair pair;
        auto asked = get(false);
        asked.order = "amps";
        const auto id = pair.client.speaker->ask(asked);
        pair.client.speaker->content(id, as_bytes("hello"));
        pair.client.speaker->whole(id, {{"x-sum", "1"}});
        pair.talk(piece);
        const auto& there = pair.server.all.at(id);
        REQUIRE(there.heads.size() == 1);
        const auto& head = there.heads[0];
        CHECK(head.method == "GET");
        CHECK(head.authority == "a.test");
        CHECK(head.path == "/x?y");
        CHECK(head.order == "amps");
        CHECK(head.fields[1].value == "secret");
        CHECK(head.fields[1].never_indexed);
        CHECK_FALSE(head.fields[0].never_indexed);
        CHECK(there.content == "hello");
        CHECK(there.whole);
        CHECK(there.trailers.at(0).name == "x-sum");

        pair.server.speaker->answer(id, {.status = 103, .fields = {{"link", "</a>"}}});
        pair.server.speaker->answer(id, ok());
        pair.server.speaker->content(id, as_bytes("bye"));
        pair.server.speaker->whole(id, {});
        pair.talk(piece);
        const auto& here = pair.client.all.at(id);
        REQUIRE(here.heads.size() == 2);
        CHECK(here.heads[0].status == 103);
        CHECK(here.heads[1].status == 200);
        CHECK(here.content == "bye");
        CHECK(here.whole);
        CHECK_FALSE(here.code);
        CHECK(here.sent == 5);
    }
}

TEST_CASE("a message without content ends with its head") {
    Pair pair;
    const auto id = pair.client.speaker->ask(get());
    pair.talk();
    CHECK(pair.server.all.at(id).heads[0].ends);
    CHECK(pair.server.all.at(id).whole);
    pair.server.speaker->answer(id, ok(true));
    pair.talk();
    CHECK(pair.client.all.at(id).heads[0].ends);
    CHECK(pair.client.all.at(id).whole);
}

TEST_CASE("what is not used stops its own exchange, and no other") {
    Pair pair;
    pair.client.uses = false;
    const auto slow = pair.client.speaker->ask(get());
    const auto quick = pair.client.speaker->ask(get());
    pair.talk();
    const auto much = pattern(3 * kStreamWindow);
    pair.server.speaker->answer(slow, ok());
    pair.server.speaker->content(slow, as_bytes(much));
    pair.server.speaker->whole(slow, {});
    pair.talk();
    CHECK(pair.client.all.at(slow).content.size() == kStreamWindow);
    CHECK(pair.server.all.at(slow).sent == kStreamWindow);

    pair.server.speaker->answer(quick, ok());
    pair.server.speaker->content(quick, as_bytes("quick"));
    pair.server.speaker->whole(quick, {});
    pair.talk();
    CHECK(pair.client.all.at(quick).whole);

    while (!pair.client.all.at(slow).whole) {
        const auto before = pair.client.all.at(slow).content.size();
        pair.client.speaker->used(slow, kStreamWindow);
        pair.talk();
        REQUIRE(pair.client.all.at(slow).content.size() > before);
    }
    CHECK(pair.client.all.at(slow).content == much);
}

TEST_CASE("what is not used of all exchanges together is bounded, and given up with them") {
    Pair pair;
    pair.server.uses = false;
    std::vector<ExchangeId> all;
    for (int i = 0; i < 100; ++i) {
        const auto id = pair.client.speaker->ask(get(false));
        pair.client.speaker->content(id, as_bytes(std::string(kStreamWindow, 'x')));
        all.push_back(id);
    }
    pair.talk();
    std::size_t heard = 0;
    for (const auto& [id, exchange] : pair.server.all) heard += exchange.content.size();
    CHECK(heard > 15_MiB);
    CHECK(heard <= 16_MiB);

    pair.server.uses = true;
    for (const auto id : all) {
        const auto unused = pair.server.all.at(id).content.size();
        pair.server.speaker->give_up(id, NGHTTP2_CANCEL);
        pair.server.speaker->used(id, unused);
    }
    pair.talk();
    const auto next = pair.client.speaker->ask(get(false));
    pair.client.speaker->content(next, as_bytes(std::string(kStreamWindow, 'y')));
    pair.client.speaker->whole(next, {});
    pair.talk();
    CHECK(pair.server.all.at(next).content.size() == kStreamWindow);
}

TEST_CASE("either end gives an exchange up, and the others go on") {
    Pair pair;
    const auto lost = pair.client.speaker->ask(get());
    const auto kept = pair.client.speaker->ask(get());
    pair.talk();
    pair.server.speaker->answer(lost, ok());
    pair.server.speaker->content(lost, as_bytes("some"));
    pair.server.speaker->give_up(lost, NGHTTP2_REFUSED_STREAM);
    pair.server.speaker->content(lost, as_bytes("more"));  // nobody's any more
    pair.talk();
    CHECK(pair.client.all.at(lost).code == NGHTTP2_REFUSED_STREAM);
    CHECK(pair.client.all.at(lost).untouched);
    CHECK_FALSE(pair.server.all.at(lost).code);  // it did it itself
    pair.client.speaker->give_up(kept, NGHTTP2_CANCEL);
    pair.talk();
    CHECK(pair.server.all.at(kept).code == NGHTTP2_CANCEL);
    CHECK_FALSE(pair.server.all.at(kept).untouched);
    const auto next = pair.client.speaker->ask(get());
    pair.talk();
    CHECK(pair.server.all.at(next).whole);
}

TEST_CASE("an exchange may be given up while its head is heard") {
    Pair pair;
    pair.server.on_head = [&](ExchangeId id, const MessageHead&) {
        pair.server.speaker->give_up(id, NGHTTP2_REFUSED_STREAM);
    };
    const auto id = pair.client.speaker->ask(get());
    pair.talk();
    CHECK_FALSE(pair.server.all.at(id).whole);
    CHECK(pair.client.all.at(id).untouched);
}

TEST_CASE("who finishes takes no more, and is done when all is over") {
    Pair pair;
    const auto id = pair.client.speaker->ask(get());
    pair.talk();
    pair.server.speaker->finish();
    pair.talk();
    CHECK(pair.client.last);
    CHECK_FALSE(pair.client.speaker->may_begin());
    CHECK_FALSE(pair.server.speaker->done());
    pair.server.speaker->answer(id, ok());
    pair.server.speaker->content(id, as_bytes("last"));
    pair.server.speaker->whole(id, {});
    pair.talk();
    CHECK(pair.client.all.at(id).content == "last");
    CHECK(pair.client.speaker->done());
    CHECK(pair.server.speaker->done());
}

TEST_CASE("no more exchanges are begun than the server takes") {
    Pair pair;
    pair.talk();
    std::size_t begun = 0;
    while (pair.client.speaker->may_begin() && begun < 5000) {
        pair.client.speaker->ask(get());
        ++begun;
    }
    CHECK(begun == 1000);
    pair.talk();
    CHECK(pair.server.all.size() == begun);
    pair.server.speaker->answer(1, ok(true));
    pair.talk();
    CHECK(pair.client.speaker->may_begin());
}

TEST_CASE("octets that are no HTTP/2 end the session") {
    Ear server(make_server);
    CHECK_FALSE(server.speaker->hear(as_bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
    CHECK(server.speaker->done());
    Ear client(make_client);
    client.speaker->hear(as_bytes(std::string(9, '\xff')));
    Bytes out;
    client.speaker->output(out, kAll);
    CHECK(client.speaker->done());
}
