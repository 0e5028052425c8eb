#include "proxy/claim/claim_verdicts.h"

#include "tests/support/test_loop.h"

using namespace bascule;
using namespace bascule::proxy;

namespace {

const WallTime kNow{std::chrono::hours(500'000)};

tls::Digest key(std::string_view text) {
    return tls::Sha256().add(as_bytes(text)).finish();
}

net::Task<bool> waits_for(std::shared_ptr<net::Event> over) {
    co_await over->wait();
    co_return true;
}

}  // namespace

TEST_CASE("a verdict that holds is remembered for an hour, another for a minute") {
    ClaimVerdicts verdicts;
    verdicts.put(key("good"), {.holds = true, .detail = {}}, kNow);
    verdicts.put(key("bad"), {.holds = false, .detail = "expired"}, kNow);
    CHECK(verdicts.find(key("good"), kNow + std::chrono::minutes(59))->holds);
    CHECK_FALSE(verdicts.find(key("good"), kNow + std::chrono::minutes(60)));
    CHECK(verdicts.find(key("bad"), kNow + std::chrono::seconds(59))->detail == "expired");
    CHECK_FALSE(verdicts.find(key("bad"), kNow + std::chrono::seconds(60)));
    CHECK_FALSE(verdicts.find(key("other"), kNow));
}

TEST_CASE("verdicts without end are not kept") {
    ClaimVerdicts verdicts;
    for (int i = 0; i < 100'000; ++i) verdicts.put(key(std::to_string(i)), {.holds = true, .detail = {}}, kNow);
    CHECK_FALSE(verdicts.find(key("0"), kNow));
    CHECK(verdicts.find(key("99999"), kNow));
}

TEST_CASE("who needs the same verdict waits for the one who asks, however that ends") {
    test::TestLoop test;
    ClaimProbes probes;
    CHECK_FALSE(probes.under_way(key("a")));
    std::optional<ClaimProbes::Turn> turn(std::in_place, probes, test.loop, key("a"));
    CHECK_FALSE(probes.under_way(key("b")));
    REQUIRE(probes.under_way(key("a")));
    auto first = test.start(waits_for(probes.under_way(key("a"))));
    auto second = test.start(waits_for(probes.under_way(key("a"))));
    test.loop.turn(false);
    CHECK_FALSE(first.finished());
    second.cancel();
    turn.reset();
    CHECK(test.turn_until([&] { return first.finished(); }));
    CHECK_FALSE(probes.under_way(key("a")));
}
