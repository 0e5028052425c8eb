#include "net/task/sync.h"
#include "tests/support/test_loop.h"

#include <algorithm>
#include <thread>
#include <vector>

using namespace bascule;
using namespace bascule::net;
using bascule::test::TestLoop;
using namespace std::chrono_literals;

namespace {

Task<void> log_after(EventLoop& loop, Duration span, int number, std::vector<int>& log) {
    co_await loop.sleep_for(span);
    log.push_back(number);
}
Task<void> log_with_permit(EventLoop& loop, Semaphore& semaphore, int number, std::vector<int>& log) {
    const auto permit = co_await semaphore.acquire();
    log.push_back(number);
    co_await loop.sleep_for(1s);
}

}  // namespace

TEST_CASE("timers fire in the order of their deadlines, none before its time") {
    TestLoop test;
    std::vector<int> log;
    std::vector<std::unique_ptr<test::Probe<void>>> probes;
    for (const int i : {5, 3, 9, 1, 7, 2, 8, 4, 6, 0}) {
        probes.push_back(std::make_unique<test::Probe<void>>(log_after(test.loop, i * 1s, i, log)));
    }
    test.advance(4s);
    CHECK(log == std::vector<int>{0, 1, 2, 3, 4});
    test.advance(1h);
    CHECK(log == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("any timer may be cancelled and the rest keep their order") {
    TestLoop test;
    std::vector<int> log;
    std::vector<std::unique_ptr<test::Probe<void>>> probes;
    for (int i = 0; i < 100; ++i) {
        const int when = i * 37 % 100;
        probes.push_back(std::make_unique<test::Probe<void>>(log_after(test.loop, when * 1s, when, log)));
    }
    for (std::size_t i = 0; i < probes.size(); i += 3) probes[i].reset();
    CHECK(test.loop.armed_timers() == 66);
    test.advance(200s);
    CHECK(log.size() == 66);
    CHECK(std::ranges::is_sorted(log));
}

TEST_CASE("running until idle fires also the timers that were armed meanwhile and are due") {
    TestLoop test;
    auto three = [](EventLoop& loop) -> Task<void> {
        for (int i = 0; i < 3; ++i) co_await loop.wait_until(loop.now());
    };
    auto probe = test.start(three(test.loop));
    test.loop.run_until_idle();
    CHECK(probe.finished());
}

TEST_CASE("with the machine's clock a sleep lasts at least as long as asked for") {
    EventLoop loop;
    const auto start = std::chrono::steady_clock::now();
    test::Probe<void> probe(loop.sleep_for(5ms));
    while (!probe.finished()) loop.turn();
    CHECK(std::chrono::steady_clock::now() - start >= 5ms);
}

TEST_CASE("yield goes on in the next turn") {
    TestLoop test;
    auto yielding = [](EventLoop& loop) -> Task<std::uint64_t> {
        const auto before = loop.turns();
        for (int i = 0; i < 3; ++i) co_await loop.yield();
        co_return loop.turns() - before;
    };
    CHECK(test.run(yielding(test.loop)) == 3);
}

TEST_CASE("a cancelled yield is not resumed") {
    TestLoop test;
    bool resumed = false;
    auto yielding = [](EventLoop& loop, bool& flag) -> Task<void> {
        co_await loop.yield();
        flag = true;
    };
    auto probe = test.start(yielding(test.loop, resumed));
    probe.cancel();
    test.loop.run_until_idle();
    CHECK_FALSE(resumed);
}

TEST_CASE("a posted function runs in the loop's thread, in the order of posting, and wakes it") {
    EventLoop loop;
    std::vector<int> log;
    const auto home = std::this_thread::get_id();
    bool at_home = true;
    std::thread other([&] {
        for (int i = 0; i < 100; ++i) {
            loop.post([&, i] {
                at_home = at_home && std::this_thread::get_id() == home;
                log.push_back(i);
            });
        }
        loop.post([&] { loop.stop(); });
    });
    loop.run();
    other.join();
    CHECK(at_home);
    CHECK(log.size() == 100);
    CHECK(std::ranges::is_sorted(log));
}

TEST_CASE("a posted function sees the present, however long the loop has waited for it") {
    TestLoop test;
    Time seen{};
    test.clock.advance(1min);
    test.loop.post([&] { seen = test.loop.now(); });
    test.loop.turn(false);
    CHECK(seen == test.clock.now());
}

TEST_CASE("an event lets everybody go on, in order, in the same turn") {
    TestLoop test;
    Event event(test.loop);
    std::vector<int> log;
    auto wait = [](Event& e, int number, std::vector<int>& out) -> Task<void> {
        co_await e.wait();
        out.push_back(number);
    };
    auto first = test.start(wait(event, 1, log));
    auto second = test.start(wait(event, 2, log));
    auto third = test.start(wait(event, 3, log));
    second.cancel();
    event.set();
    CHECK(log.empty());
    test.loop.run_until_idle();
    CHECK(log == std::vector<int>{1, 3});
    auto late = test.start(wait(event, 4, log));
    CHECK(late.finished());
    event.reset();
    auto later = test.start(wait(event, 5, log));
    CHECK_FALSE(later.finished());
}

TEST_CASE("a wait cancelled between the event and its going on does not go on") {
    TestLoop test;
    Event event(test.loop);
    auto probe = test.start(event.happened());
    event.set();
    probe.cancel();
    test.loop.run_until_idle();
    CHECK(event.is_set());
}

TEST_CASE("a semaphore serves in the order of coming, as many at a time as it has permits") {
    TestLoop test;
    Semaphore semaphore(test.loop, 2);
    std::vector<int> log;
    std::vector<std::unique_ptr<test::Probe<void>>> probes;
    for (int i = 0; i < 5; ++i) {
        probes.push_back(std::make_unique<test::Probe<void>>(log_with_permit(test.loop, semaphore, i, log)));
    }
    CHECK(log == std::vector<int>{0, 1});
    CHECK(semaphore.available() == 0);
    test.advance(1s);
    CHECK(log == std::vector<int>{0, 1, 2, 3});
    test.advance(1s);
    CHECK(log == std::vector<int>{0, 1, 2, 3, 4});
    test.advance(1s);
    CHECK(semaphore.available() == 2);
}

TEST_CASE("nobody overtakes those who wait for a semaphore") {
    TestLoop test;
    Semaphore semaphore(test.loop, 1);
    std::vector<int> log;
    auto holder = test.start(log_with_permit(test.loop, semaphore, 0, log));
    auto waiting = test.start(log_with_permit(test.loop, semaphore, 1, log));
    holder.cancel();
    // The permit is free, the one who waits for it has not gone on yet, and somebody else comes.
    auto late = test.start(log_with_permit(test.loop, semaphore, 2, log));
    test.loop.run_until_idle();
    CHECK(log == std::vector<int>{0, 1});
    test.advance(1s);
    CHECK(log == std::vector<int>{0, 1, 2});
}

TEST_CASE("a permit granted to somebody who is cancelled before going on is passed on") {
    TestLoop test;
    Semaphore semaphore(test.loop, 1);
    std::vector<int> log;
    auto holder = test.start(log_with_permit(test.loop, semaphore, 0, log));
    auto first = test.start(log_with_permit(test.loop, semaphore, 1, log));
    auto second = test.start(log_with_permit(test.loop, semaphore, 2, log));
    holder.cancel();
    first.cancel();
    test.loop.run_until_idle();
    CHECK(log == std::vector<int>{0, 2});
    second.cancel();
    CHECK(semaphore.available() == 1);
}
