#include "proxy/learn/refusals.h"

#include "tests/support/catch.h"

using namespace bascule;
using proxy::Refusals;
using proxy::Subject;

namespace {

const WallTime kNow{std::chrono::hours(1'000'000)};

Subject name(std::string text) {
    return {.client = {}, .server_name = std::move(text)};
}

Subject name_for(std::string_view client, std::string text) {
    return {.client = IpAddress::parse(client).value(), .server_name = std::move(text)};
}

}  // namespace

TEST_CASE("refusals are counted for each subject by itself") {
    Refusals refusals;
    CHECK(refusals.add(name("bank.example"), kNow) == 1);
    CHECK(refusals.add(name("bank.example"), kNow) == 2);
    CHECK(refusals.add(name("shop.example"), kNow) == 1);
    CHECK(refusals.add(name_for("192.0.2.1", "bank.example"), kNow) == 1);
    CHECK(refusals.add(name_for("192.0.2.2", "bank.example"), kNow) == 1);
    CHECK(refusals.add(name("bank.example"), kNow) == 3);
}

TEST_CASE("a count is forgotten when it is told to, and a day after the last refusal") {
    Refusals refusals;
    CHECK_FALSE(refusals.any());
    refusals.add(name("a"), kNow);
    CHECK(refusals.any());
    refusals.forget(name("a"));
    CHECK_FALSE(refusals.any());
    CHECK(refusals.add(name("a"), kNow) == 1);
    CHECK(refusals.add(name("a"), kNow + std::chrono::hours(23)) == 2);
    CHECK(refusals.add(name("a"), kNow + std::chrono::hours(46)) == 3);
    CHECK(refusals.add(name("a"), kNow + std::chrono::hours(70)) == 1);
}

TEST_CASE("refusals of very many names do not grow without bound") {
    Refusals refusals;
    for (int i = 0; i < 4096; ++i) refusals.add(name(std::to_string(i)), kNow);
    CHECK(refusals.add(name("0"), kNow) == 2);
    CHECK(refusals.add(name("one too many"), kNow) == 1);
    CHECK(refusals.add(name("0"), kNow) == 3);
    CHECK(refusals.add(name("1"), kNow) == 1);  // the least recently counted has gone
}
