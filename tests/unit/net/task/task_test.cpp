#include "net/task/combinators.h"
#include "net/task/nursery.h"
#include "tests/support/test_loop.h"

#include <string>

using namespace bascule;
using namespace bascule::net;
using bascule::test::Probe;
using bascule::test::TestLoop;
using namespace std::chrono_literals;

namespace {

/// Counts how many of it are alive: what a coroutine's locals are when it is cancelled.
struct Alive {
    explicit Alive(int& count) : count_(count) { ++count_; }
    Alive(const Alive&) = delete;
    ~Alive() { --count_; }
    int& count_;
};

Task<int> value(int v) {
    co_return v;
}
Task<int> failing(std::string text) {
    throw std::runtime_error(text);
    co_return 0;
}
Task<int> value_after(EventLoop& loop, Duration span, int v) {
    co_await loop.sleep_for(span);
    co_return v;
}
Task<int> fail_after(EventLoop& loop, Duration span) {
    co_await loop.sleep_for(span);
    throw std::runtime_error("late");
}
Task<void> wait_holding(EventLoop& loop, int& alive) {
    const Alive local(alive);
    co_await loop.sleep_for(1h);
}

}  // namespace

TEST_CASE("a task runs nothing before it is awaited") {
    int alive = 0;
    TestLoop test;
    {
        const auto task = wait_holding(test.loop, alive);
        CHECK(alive == 0);
    }
    CHECK(test.loop.armed_timers() == 0);
}

TEST_CASE("a task hands its value or its exception to whoever awaits it") {
    TestLoop test;
    CHECK(test.run(value(7)) == 7);
    CHECK_THROWS_WITH(test.run(failing("no")), "no");
}

TEST_CASE("destroying a suspended task destroys its locals and its timer") {
    TestLoop test;
    int alive = 0;
    {
        auto probe = test.start(wait_holding(test.loop, alive));
        CHECK(alive == 1);
        CHECK(test.loop.armed_timers() == 1);
    }
    CHECK(alive == 0);
    CHECK(test.loop.armed_timers() == 0);
    test.advance(2h);
}

TEST_CASE("a million ready awaits need no stack") {
    TestLoop test;
    auto sum = []() -> Task<std::int64_t> {
        std::int64_t total = 0;
        for (int i = 0; i < 1'000'000; ++i) {
            const int one = co_await value(1);
            total += one;
        }
        co_return total;
    };
    CHECK(test.run(sum()) == 1'000'000);
}

TEST_CASE("a hundred thousand ready races need no stack") {
    TestLoop test;
    auto sum = [](EventLoop& loop) -> Task<std::int64_t> {
        std::int64_t total = 0;
        for (int i = 0; i < 100'000; ++i) {
            const auto winner = co_await any_of(loop.sleep_for(1h), value(1));
            total += std::get<1>(winner);
        }
        co_return total;
    };
    CHECK(test.run(sum(test.loop)) == 100'000);
    CHECK(test.loop.armed_timers() == 0);
}

TEST_CASE("any_of destroys the loser before the winner's awaiter goes on") {
    TestLoop test;
    int alive = 0;
    auto race = [](EventLoop& loop, int& count) -> Task<int> {
        const auto winner = co_await any_of(wait_holding(loop, count), value_after(loop, 1s, 5));
        if (winner.index() != 1) co_return -1;
        co_return count * 100 + std::get<1>(winner);
    };
    auto probe = test.start(race(test.loop, alive));
    CHECK(alive == 1);
    CHECK(test.loop.armed_timers() == 2);
    test.advance(1s);
    REQUIRE(probe.finished());
    CHECK(probe.take() == 5);
    CHECK(test.loop.armed_timers() == 0);
}

TEST_CASE("any_of takes the first in order when both are ready, and starts no other") {
    TestLoop test;
    int alive = 0;
    auto race = [](EventLoop& loop, int& count) -> Task<std::size_t> {
        const auto winner = co_await any_of(value(1), wait_holding(loop, count), failing("never"));
        co_return winner.index();
    };
    CHECK(test.run(race(test.loop, alive)) == 0);
    CHECK(alive == 0);
}

TEST_CASE("two branches due in the same turn finish any_of once") {
    TestLoop test;
    auto race = [](EventLoop& loop) -> Task<std::size_t> {
        const auto winner = co_await any_of(value_after(loop, 1s, 1), value_after(loop, 1s, 2));
        co_return winner.index();
    };
    auto probe = test.start(race(test.loop));
    test.advance(1s);
    REQUIRE(probe.finished());
    CHECK(probe.take() <= 1);
    CHECK(test.loop.armed_timers() == 0);
}

TEST_CASE("the exception of the first to finish leaves any_of, after the others are gone") {
    TestLoop test;
    int alive = 0;
    auto race = [](EventLoop& loop, int& count) -> Task<int> {
        try {
            co_await any_of(wait_holding(loop, count), fail_after(loop, 1s));
        } catch (const std::runtime_error&) {
            co_return count;
        }
        co_return -1;
    };
    auto probe = test.start(race(test.loop, alive));
    test.advance(1s);
    REQUIRE(probe.finished());
    CHECK(probe.take() == 0);
}

TEST_CASE("cancelling any_of cancels every branch") {
    TestLoop test;
    int alive = 0;
    auto race = [](EventLoop& loop, int& count) -> Task<void> {
        co_await any_of(wait_holding(loop, count), wait_holding(loop, count));
    };
    auto probe = test.start(race(test.loop, alive));
    CHECK(alive == 2);
    probe.cancel();
    CHECK(alive == 0);
    CHECK(test.loop.armed_timers() == 0);
}

TEST_CASE("all_of finishes with all values when the last has finished") {
    TestLoop test;
    auto both = [](EventLoop& loop) -> Task<int> {
        const auto values = co_await all_of(value_after(loop, 2s, 20), value_after(loop, 1s, 1), value(300));
        co_return std::get<0>(values) + std::get<1>(values) + std::get<2>(values);
    };
    auto probe = test.start(both(test.loop));
    test.advance(1s);
    CHECK_FALSE(probe.finished());
    test.advance(1s);
    REQUIRE(probe.finished());
    CHECK(probe.take() == 321);
}

TEST_CASE("all_of ends at the first exception and destroys the other") {
    TestLoop test;
    int alive = 0;
    auto both = [](EventLoop& loop, int& count) -> Task<int> {
        try {
            co_await all_of(wait_holding(loop, count), fail_after(loop, 1s));
        } catch (const std::runtime_error&) {
            co_return count;
        }
        co_return -1;
    };
    auto probe = test.start(both(test.loop, alive));
    test.advance(1s);
    REQUIRE(probe.finished());
    CHECK(probe.take() == 0);
    CHECK(test.loop.armed_timers() == 0);
}

TEST_CASE("a deadline destroys what it bounds, and disappears when that comes first") {
    TestLoop test;
    int alive = 0;
    auto late = test.start(with_deadline(test.loop, test.loop.now() + 1s, wait_holding(test.loop, alive)));
    auto soon = test.start(with_deadline(test.loop, test.loop.now() + 10s, value_after(test.loop, 1s, 4)));
    test.advance(1s);
    REQUIRE(late.finished());
    CHECK_FALSE(late.take());
    CHECK(alive == 0);
    REQUIRE(soon.finished());
    CHECK(soon.take() == 4);
    CHECK(test.loop.armed_timers() == 0);
}

TEST_CASE("a nursery reaps what has finished and tells when it is empty") {
    TestLoop test;
    Nursery nursery(test.loop);
    int alive = 0;
    auto work = [](EventLoop& loop, int& count) -> Task<void> {
        const Alive local(count);
        co_await loop.sleep_for(1s);
    };
    auto idle = [](Nursery& n) -> Task<void> { co_await n.idle(); };
    for (int i = 0; i < 3; ++i) nursery.spawn(work(test.loop, alive));
    auto empty = test.start(idle(nursery));
    CHECK(nursery.size() == 3);
    CHECK_FALSE(empty.finished());
    test.advance(1s);
    CHECK(nursery.size() == 0);
    CHECK(alive == 0);
    CHECK(empty.finished());
}

TEST_CASE("a nursery takes tasks that finish while being started") {
    TestLoop test;
    Nursery nursery(test.loop);
    int ran = 0;
    auto work = [](int& count) -> Task<void> {
        ++count;
        co_return;
    };
    for (int i = 0; i < 10; ++i) nursery.spawn(work(ran));
    CHECK(ran == 10);
    test.loop.run_until_idle();
    CHECK(nursery.size() == 0);
}

TEST_CASE("cancelling or destroying a nursery ends its tasks where they wait") {
    TestLoop test;
    int alive = 0;
    {
        Nursery nursery(test.loop);
        nursery.spawn(wait_holding(test.loop, alive));
        nursery.spawn(wait_holding(test.loop, alive));
        CHECK(alive == 2);
        nursery.cancel_all();
        CHECK(alive == 0);
        CHECK(nursery.size() == 0);
        nursery.spawn(wait_holding(test.loop, alive));
        CHECK(alive == 1);
    }
    CHECK(alive == 0);
    CHECK(test.loop.armed_timers() == 0);
}

TEST_CASE("a nursery may be cancelled between the end of a task and its reaping") {
    TestLoop test;
    Nursery nursery(test.loop);
    int ran = 0;
    auto work = [](int& count) -> Task<void> {
        ++count;
        co_return;
    };
    nursery.spawn(work(ran));
    nursery.cancel_all();
    test.loop.run_until_idle();
    CHECK(ran == 1);
    CHECK(nursery.size() == 0);
}
