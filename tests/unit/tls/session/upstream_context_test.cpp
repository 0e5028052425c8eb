#include "tls/session/upstream_context.h"

#include "tests/support/catch.h"
#include "tests/support/tls_peer.h"

using namespace bascule;
using namespace bascule::tls;
using namespace std::chrono_literals;

namespace {

WallTime now{};
WallTime clock_of_the_test() {
    return now;
}

struct Fixture {
    Fixture() { now = WallTime(1000h); }
    test::TlsWorld world;
    UpstreamContext context{UpstreamPolicy{.verifier = world.verifier()}, clock_of_the_test};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what an origin chose below the floor is remembered for an hour") {
    context.learn_weak_choice("origin.test:443", "TLSv1.1");
    CHECK(context.weak_choice("origin.test:443") == "TLSv1.1");
    CHECK(context.weak_choice("origin.test:8443").empty());
    now += 59min + 59s;
    CHECK(context.weak_choice("origin.test:443") == "TLSv1.1");
    now += 1s;
    CHECK(context.weak_choice("origin.test:443").empty());
}

TEST_CASE_METHOD(Fixture, "a look does not lengthen the hour, and another weak choice begins it anew") {
    context.learn_weak_choice("origin.test:443", "TLSv1.1");
    now += 50min;
    CHECK(context.weak_choice("origin.test:443") == "TLSv1.1");
    context.learn_weak_choice("origin.test:443", "TLSv1");
    now += 50min;
    CHECK(context.weak_choice("origin.test:443") == "TLSv1");
    now += 10min;
    CHECK(context.weak_choice("origin.test:443").empty());
}

TEST_CASE_METHOD(Fixture, "of weak choices no more than 4096 are remembered, and the last one is") {
    const auto origin = [](int number) { return "origin-" + std::to_string(number) + ".test:443"; };
    constexpr int many = 3 * 4096;
    for (int i = 0; i < many; ++i) context.learn_weak_choice(origin(i), "TLSv1");
    int known = 0;
    for (int i = 0; i < many; ++i) known += context.weak_choice(origin(i)).empty() ? 0 : 1;
    CHECK(known <= 4096);
    CHECK(known > 2048);
    CHECK_FALSE(context.weak_choice(origin(many - 1)).empty());
}
