#include "proxy/limits.h"

#include "tests/support/catch.h"

#include <thread>
#include <vector>

using namespace bascule;
using namespace bascule::proxy;

namespace {

IpAddress address(std::string_view text) {
    return IpAddress::parse(text).value();
}

}  // namespace

TEST_CASE("so many connections enter as the limit says, and one more when one has left") {
    ConnectionCount count;
    auto first = count.enter(2);
    auto second = count.enter(2);
    REQUIRE(first);
    REQUIRE(second);
    CHECK_FALSE(count.enter(2));
    CHECK(count.open() == 2);
    first.reset();
    CHECK(count.open() == 1);
    CHECK(count.enter(2));
    CHECK(count.open() == 1);  // and left at once
    CHECK_FALSE(count.enter(0));
    CHECK(count.open() == 1);
}

TEST_CASE("each source is counted by itself, and not into the total") {
    ConnectionCount count;
    const auto one = address("192.0.2.1");
    const auto other = address("2001:db8::1");
    auto first = count.enter_source(one, 1);
    CHECK(first);
    CHECK_FALSE(count.enter_source(one, 1));
    CHECK(count.enter_source(other, 1));
    CHECK(count.open() == 0);
    first.reset();
    CHECK(count.enter_source(one, 1));
    CHECK_FALSE(count.enter_source(other, 0));
}

TEST_CASE("a slot that is moved counts once") {
    ConnectionCount count;
    const auto source = address("192.0.2.1");
    ConnectionCount::Slot kept;
    {
        auto slot = count.enter(10);
        auto of_source = count.enter_source(source, 1);
        kept = std::move(*slot);
        const ConnectionCount::Slot moved(std::move(*of_source));
        CHECK_FALSE(count.enter_source(source, 1));
    }
    CHECK(count.open() == 1);
    CHECK(count.enter_source(source, 1));
    kept = {};
    CHECK(count.open() == 0);
}

TEST_CASE("a slot that takes another's place gives its own back") {
    ConnectionCount count;
    auto first = count.enter(10);
    auto second = count.enter(10);
    *first = std::move(*second);
    second.reset();
    CHECK(count.open() == 1);
}

TEST_CASE("threads that enter and leave at once never exceed the limit and leave nothing counted") {
    ConnectionCount count;
    const auto source = address("192.0.2.1");
    std::atomic<int> inside = 0, most = 0, of_source = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 5000; ++round) {
                const auto slot = count.enter(3);
                if (!slot) continue;
                const int now = ++inside;
                if (now > most) most = now;
                if (count.enter_source(source, 1)) ++of_source;
                --inside;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(most <= 3);
    CHECK(of_source > 0);
    CHECK(count.open() == 0);
    CHECK(count.enter_source(source, 1));
}
