#include "proxy/fetch/status_cache.h"

#include "base/bytes.h"
#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::proxy;
using Status = tls::Staple::Status;

namespace {

constexpr auto kMinute = std::chrono::minutes(1);
const WallTime kSteady{std::chrono::hours(5)};
const WallTime kNow{std::chrono::hours(500'000)};

tls::Digest key(std::string_view text) {
    return tls::Sha256().add(as_bytes(text)).finish();
}

/// Whether an answer that holds for `holds` is still known after `age`.
bool is_known(Status status, WallTime::duration holds, WallTime::duration age) {
    StatusCache cache;
    cache.put(key("a"), {.status = status, .until = kNow + holds}, kSteady, kNow);
    return cache.find(key("a"), kSteady + age).has_value();
}

}  // namespace

TEST_CASE("an answer is known until its nextUpdate") {
    const auto status = GENERATE(Status::good, Status::revoked);
    CHECK(is_known(status, std::chrono::hours(2), 119 * kMinute));
    CHECK_FALSE(is_known(status, std::chrono::hours(2), 120 * kMinute));
}

TEST_CASE("no answer is believed for more than a week, nor asked for more than once a minute") {
    CHECK(is_known(Status::good, std::chrono::days(365), std::chrono::days(6)));
    CHECK_FALSE(is_known(Status::good, std::chrono::days(365), std::chrono::days(7)));
    CHECK(is_known(Status::good, -2 * kMinute, kMinute / 2));
}

TEST_CASE("what says nothing is asked again after a minute") {
    const auto status = GENERATE(Status::none, Status::unknown, Status::invalid, Status::expired);
    CHECK(is_known(status, std::chrono::hours(2), kMinute / 2));
    CHECK_FALSE(is_known(status, std::chrono::hours(2), kMinute));
}

TEST_CASE("what is known of one certificate is not of another") {
    StatusCache cache;
    cache.put(key("a"), {.status = Status::good, .until = kNow + std::chrono::hours(1)}, kSteady, kNow);
    CHECK_FALSE(cache.find(key("b"), kSteady));
}
