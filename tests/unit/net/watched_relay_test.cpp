#include "net/pipe.h"
#include "net/relay.h"
#include "tests/support/sockets.h"
#include "tests/support/test_loop.h"

#include <malloc.h>

#include <string>

using namespace bascule;
using namespace bascule::net;
using namespace bascule::test;
using namespace std::chrono_literals;

namespace {

/// Stops at a '|' of the first stream; holds what the second says from a '(' on until a '.' of the first, a ')' of its
/// own, the end of either, or a second of waiting.
class Punctuation final : public Watcher {
  public:
    explicit Punctuation(EventLoop& loop) : loop_(loop) {}

    std::size_t admit(bool up, ByteView octets) override {
        const auto text = as_text(octets);
        if (up) {
            leave_ = leave_ || text.contains('.');
            stopped_ = text.contains('|');
            return std::min(text.find('|'), text.size());
        }
        const auto bracket = text.find('(');
        if (bracket == text.npos || leave_ || ended_ || text.contains(')')) return text.size();
        if (until_ == Time::max()) until_ = loop_.now() + 1s;
        return until_ <= loop_.now() ? text.size() : bracket;
    }
    void ended(bool) override { ended_ = true; }
    Time hold_until(bool up) const override { return up ? Time::max() : until_; }
    bool stops() const override { return stopped_; }

  private:
    EventLoop& loop_;
    Time until_ = Time::max();
    bool leave_ = false, ended_ = false, stopped_ = false;
};

/// client <-> (near, far) relayed <-> origin
struct Watched {
    explicit Watched(std::size_t capacity = 100'000) {
        std::tie(client, near) = make_pipe(test.loop, capacity);
        std::tie(far, origin) = make_pipe(test.loop, capacity);
        running.emplace(relay(test.loop, *near, *far, {.idle = 5min, .half_close = 60s}, nullptr, traffic, &watcher));
    }
    void client_says(std::string_view text) { say(*client, text); }
    void origin_says(std::string_view text) { say(*origin, text); }
    void say(PipeEnd& end, std::string_view text) {
        end.push(as_bytes(text));
        test.loop.run_until_idle();
    }

    TestLoop test;
    std::unique_ptr<PipeEnd> client, near, far, origin;
    Punctuation watcher{test.loop};
    Traffic traffic;
    std::optional<Probe<void>> running;
};

}  // namespace

TEST_CASE("a watcher stops a relay at an octet, and both streams can be used on") {
    Watched pair;
    pair.client->pull_at_most(1);
    pair.origin_says("answer");
    pair.client_says("before|after");
    REQUIRE(pair.running->finished());
    CHECK(pair.traffic.stopped);
    CHECK(pair.traffic.how == Ending::none);
    CHECK((pair.traffic.up == 6 && pair.traffic.down == 6));
    CHECK(pair.test.run(read_exactly(*pair.client, 6)) == "answer");
    CHECK(pull_text(*pair.origin) == "before");
    CHECK(pull_text(*pair.near) == "|after");
    pair.origin_says("late");
    CHECK(pull_text(*pair.far) == "late");
}

TEST_CASE("what was admitted before the stop arrives although the reader is slow, and in order") {
    Watched pair(10);
    const std::string first(1000, 'a');
    pair.client_says(first + "|after");
    auto sent = pair.test.start(drained(*pair.client));
    auto heard = pair.test.start(read_exactly(*pair.origin, 1000));
    REQUIRE(pair.test.turn_until([&] { return pair.running->finished(); }));
    auto passed_on = pair.test.start(drained(*pair.far));
    REQUIRE(pair.test.turn_until([&] { return heard.finished(); }));
    CHECK(heard.take() == first);
    CHECK(pair.traffic.up == 1000);
}

TEST_CASE("what was held leaves no room behind") {
    Watched pair;
    pair.origin_says(std::string(10'000, 'x'));  // so that the pipe has its room
    pull_text(*pair.client);
    pair.origin_says("(");
    for (int i = 0; i < 3000; ++i) pair.origin_says("x");
    const auto while_held = mallinfo2().uordblks;
    pair.client_says(".");
    pull_text(*pair.client);
    CHECK((while_held == 0 || mallinfo2().uordblks + 2000 < while_held));  // 0: a sanitizer's
}

TEST_CASE("what is held goes on") {
    Watched pair;
    pair.origin_says("words(");
    CHECK(pull_text(*pair.client) == "words");
    CHECK(pull_text(*pair.client).empty());
    SECTION("with what follows it") {
        pair.origin_says("x");
        CHECK(pull_text(*pair.client).empty());
        pair.origin_says(")");
        CHECK(pull_text(*pair.client) == "(x)");
    }
    SECTION("when the other side has moved") {
        pair.client_says("a");
        CHECK(pull_text(*pair.client).empty());
        pair.client_says(".");
        CHECK(pull_text(*pair.client) == "(");
    }
    SECTION("when it has waited for long enough") {
        pair.test.advance(999ms);
        CHECK(pull_text(*pair.client).empty());
        pair.test.advance(1ms);
        CHECK(pull_text(*pair.client) == "(");
    }
    SECTION("before the end of its side") {
        pair.origin->shutdown_write();
        pair.test.loop.run_until_idle();
        CHECK(pull_text(*pair.client) == "(");
        CHECK(pair.client->pull([](ByteView) {}) == Pull::ended);
        CHECK(pair.client->ending() == Ending::fin);
    }
    SECTION("when the other side ends") {
        pair.client->shutdown_write();
        pair.test.loop.run_until_idle();
        CHECK(pull_text(*pair.client) == "(");
        pair.origin->shutdown_write();
        pair.test.loop.run_until_idle();
        CHECK(pair.running->finished());
    }
    CHECK_FALSE(pair.traffic.stopped);
}

TEST_CASE("what is held is bounded, and its sender waits") {
    Watched pair;
    pair.origin_says("(");
    for (int i = 0; i < 40; ++i) pair.origin_says(std::string(50'000, 'x'));
    CHECK(pull_text(*pair.client).empty());
    CHECK(pair.origin->pending() >= 1'500'000);
    auto sent = pair.test.start(drained(*pair.origin));
    pair.client_says(".");
    CHECK(pair.test.run(read_exactly(*pair.client, 2'000'001)) == "(" + std::string(2'000'000, 'x'));
}

TEST_CASE("a reset ends a watched relay, also while something is held") {
    Watched pair;
    pair.origin_says("(");
    const bool by_client = GENERATE(true, false);
    (by_client ? pair.client : pair.origin)->abort();
    pair.test.loop.run_until_idle();
    CHECK(pair.running->finished());
    CHECK(pair.traffic.how == Ending::reset);
    CHECK(pair.traffic.by_first == by_client);
}
