#include "proxy/claim/claim_verdicts.h"

#include "base/bytes.h"
#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::proxy;

namespace {

const WallTime kNow{std::chrono::hours(500'000)};

tls::Digest key(std::string_view text) {
    return tls::Sha256().add(as_bytes(text)).finish();
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
