#include "net/task/one_at_a_time.h"

#include "tests/support/test_loop.h"

using namespace bascule;
using namespace bascule::net;

namespace {

std::string key(const char* text) {
    return text;
}

Task<bool> waits_for(std::shared_ptr<Event> over) {
    co_await over->wait();
    co_return true;
}

/// An answer that is found out when `ready` is set, and known from then on.
struct Asked {
    explicit Asked(EventLoop& loop) : ready(loop) {}
    OneAtATime<std::string> questions;
    Event ready;
    std::optional<int> known;
    int times = 0;

    Task<int> find_out() {
        ++times;
        co_await ready.wait();
        known = 7;
        co_return 7;
    }
    Task<int> answer(EventLoop& loop) {
        return ask_once<int>(questions, loop, key("a"), [this] { return known; }, [this] { return find_out(); });
    }
};

}  // namespace

TEST_CASE("who needs the same answer waits for the one who asks, however that ends") {
    test::TestLoop test;
    OneAtATime<std::string> questions;
    CHECK_FALSE(questions.under_way(key("a")));
    std::optional<OneAtATime<std::string>::Turn> turn(std::in_place, questions, test.loop, key("a"));
    CHECK_FALSE(questions.under_way(key("b")));
    REQUIRE(questions.under_way(key("a")));
    auto first = test.start(waits_for(questions.under_way(key("a"))));
    auto second = test.start(waits_for(questions.under_way(key("a"))));
    test.loop.turn(false);
    CHECK_FALSE(first.finished());
    second.cancel();
    turn.reset();
    CHECK(test.turn_until([&] { return first.finished(); }));
    CHECK_FALSE(questions.under_way(key("a")));
}

TEST_CASE("a question is asked once, and its answer is everybody's") {
    test::TestLoop test;
    Asked asked(test.loop);
    auto first = test.start(asked.answer(test.loop));
    auto second = test.start(asked.answer(test.loop));
    test.loop.turn(false);
    CHECK(asked.times == 1);
    asked.ready.set();
    CHECK(test.turn_until([&] { return first.finished() && second.finished(); }));
    CHECK(asked.times == 1);
}

TEST_CASE("where who asks is cancelled, one of those who wait asks") {
    test::TestLoop test;
    Asked asked(test.loop);
    auto first = test.start(asked.answer(test.loop));
    auto second = test.start(asked.answer(test.loop));
    test.loop.turn(false);
    first.cancel();
    CHECK(test.turn_until([&] { return asked.times == 2; }));
    asked.ready.set();
    CHECK(test.turn_until([&] { return second.finished(); }));
}
