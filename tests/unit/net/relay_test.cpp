#include "net/relay.h"

#include "net/pipe.h"
#include "tests/support/sockets.h"
#include "tests/support/test_loop.h"

#include <vector>

using namespace bascule;
using namespace bascule::net;
using namespace bascule::test;
using namespace std::chrono_literals;

namespace {

constexpr RelayLimits kPatient{.idle = 5min, .half_close = 60s};

/// Numbered words, so that a loss or a swap shows.
std::string numbered(std::size_t octets) {
    std::string text;
    for (int i = 0; text.size() < octets; ++i) text += std::to_string(i) + ' ';
    text.resize(octets);
    return text;
}

Task<void> say(Stream& stream, std::string text) {
    for (std::size_t at = 0; at < text.size() && !stream.broken(); at += 1000) {
        stream.push(as_bytes(text).subspan(at, std::min<std::size_t>(1000, text.size() - at)));
        co_await drained(stream);
    }
}

Task<void> say_all(Stream& stream, std::string text) {
    co_await say(stream, std::move(text));
    stream.shutdown_write();
    co_await drained(stream);
}

/// client <-> (near, far) relayed <-> origin
struct Relayed {
    explicit Relayed(std::size_t capacity = 100, RelayLimits limits = kPatient, Tap* tap = nullptr) {
        std::tie(client, near) = make_pipe(test.loop, capacity);
        std::tie(far, origin) = make_pipe(test.loop, capacity);
        running.emplace(relay(test.loop, *near, *far, limits, tap, traffic));
    }
    void settle() { test.loop.run_until_idle(); }

    TestLoop test;
    std::unique_ptr<PipeEnd> client, near, far, origin;
    Traffic traffic;
    std::optional<Probe<void>> running;
};

}  // namespace

TEST_CASE("a relay carries both directions at once, in order, and ends when both have") {
    Relayed pair(GENERATE(1U, 7U, 100U, 65536U));
    const auto up = numbered(20'000);
    const auto down = numbered(30'001);
    auto say_up = pair.test.start(say_all(*pair.client, up));
    auto say_down = pair.test.start(say_all(*pair.origin, down));
    auto hear_up = pair.test.start(read_all(*pair.origin));
    auto hear_down = pair.test.start(read_all(*pair.client));
    REQUIRE(pair.test.turn_until([&] { return pair.running->finished(); }));
    pair.settle();
    CHECK(hear_up.take() == up);
    CHECK(hear_down.take() == down);
    CHECK(pair.traffic.up == up.size());
    CHECK(pair.traffic.down == down.size());
    CHECK(pair.traffic.how == Ending::fin);
    CHECK_FALSE(pair.traffic.timed_out);
}

TEST_CASE("a reader that stalls stops the reading on the other side, and its return traffic goes on") {
    Relayed pair(1000);
    auto flood = pair.test.start(say(*pair.client, numbered(1'000'000)));
    pair.settle();
    CHECK_FALSE(flood.finished());
    // A pipe's worth in the origin's pipe, one pull in flight.
    CHECK(pair.traffic.up <= 2 * 1000U);
    pair.origin->push(as_bytes("still here"));
    pair.settle();
    CHECK(pull_text(*pair.client) == "still here");
    const auto before = pair.traffic.up;
    CHECK(pair.test.run(read_exactly(*pair.origin, 5000)) == numbered(1'000'000).substr(0, 5000));
    pair.settle();
    CHECK(pair.traffic.up > before);
}

TEST_CASE("each direction is closed by itself, and the other goes on") {
    Relayed pair;
    const bool client_first = GENERATE(true, false);
    auto& first = client_first ? *pair.client : *pair.origin;
    auto& second = client_first ? *pair.origin : *pair.client;
    first.push(as_bytes("request"));
    first.shutdown_write();
    pair.settle();
    CHECK(pull_text(second) == "request");
    CHECK(second.pull([](ByteView) {}) == Pull::ended);
    CHECK(second.ending() == Ending::fin);
    CHECK_FALSE(pair.running->finished());
    for (int i = 0; i < 3; ++i) {
        second.push(as_bytes("answer"));
        pair.settle();
        CHECK(pull_text(first) == "answer");
    }
    second.shutdown_write();
    pair.settle();
    CHECK(pair.running->finished());
    CHECK(first.pull([](ByteView) {}) == Pull::ended);
    CHECK(pair.traffic.how == Ending::fin);
    CHECK(pair.traffic.by_first == client_first);
}

TEST_CASE("a reset is passed on as one, from either side, and ends the relay") {
    Relayed pair;
    const bool client_first = GENERATE(true, false);
    (client_first ? pair.client : pair.origin)->abort();
    pair.settle();
    CHECK(pair.running->finished());
    auto& other = client_first ? *pair.origin : *pair.client;
    CHECK(other.pull([](ByteView) {}) == Pull::ended);
    CHECK(other.ending() == Ending::reset);
    CHECK(pair.traffic.how == Ending::reset);
    CHECK(pair.traffic.by_first == client_first);
}

TEST_CASE("a reset after an orderly end by the other side is what is told") {
    Relayed pair;
    pair.client->shutdown_write();
    pair.settle();
    pair.origin->abort();
    pair.settle();
    CHECK(pair.running->finished());
    CHECK(pair.traffic.how == Ending::reset);
    CHECK_FALSE(pair.traffic.by_first);
}

TEST_CASE("a relay in which nothing moves ends by its idle limit") {
    Relayed pair(100, {.idle = 10s, .half_close = 5s});
    pair.test.advance(9s);
    pair.client->push(as_bytes("x"));
    pair.settle();
    CHECK(pull_text(*pair.origin) == "x");
    pair.test.advance(9s);
    CHECK_FALSE(pair.running->finished());
    pair.test.advance(1s);
    CHECK(pair.running->finished());
    CHECK(pair.traffic.timed_out);
    CHECK(pair.traffic.how == Ending::none);
}

TEST_CASE("the half-close limit begins with the end of a direction, however quiet it was before") {
    Relayed pair(100, {.idle = 300s, .half_close = 60s});
    pair.test.advance(200s);
    pair.client->shutdown_write();
    pair.settle();
    CHECK_FALSE(pair.running->finished());
    pair.test.advance(59s);
    CHECK_FALSE(pair.running->finished());
    pair.origin->push(as_bytes("late answer"));
    pair.settle();
    CHECK(pull_text(*pair.client) == "late answer");
    pair.test.advance(59s);
    CHECK_FALSE(pair.running->finished());  // extended by what flowed
    pair.test.advance(1s);
    CHECK(pair.running->finished());
    CHECK(pair.traffic.timed_out);
    CHECK(pair.traffic.how == Ending::fin);
}

TEST_CASE("an orderly end after a long silence is no timeout") {
    Relayed pair(100, {.idle = 300s, .half_close = 60s});
    pair.test.advance(200s);
    pair.client->shutdown_write();
    pair.settle();
    pair.origin->shutdown_write();
    pair.settle();
    CHECK(pair.running->finished());
    CHECK_FALSE(pair.traffic.timed_out);
    CHECK(pair.traffic.how == Ending::fin);
}

TEST_CASE("a slow reader of the last octets is not taken for an idle one") {
    TestLoop test;
    auto [client, near] = make_pipe(test.loop, 1000);
    auto [far, origin] = make_pipe(test.loop, 10);
    Traffic traffic;
    auto running = test.start(relay(test.loop, *near, *far, {.idle = 10s, .half_close = 10s}, nullptr, traffic));
    client->push(as_bytes(numbered(100)));
    client->shutdown_write();
    std::string heard;
    for (int i = 0; i < 10; ++i) {
        test.advance(6s);
        heard += pull_text(*origin);
    }
    test.loop.run_until_idle();
    CHECK(heard == numbered(100));
    CHECK_FALSE(running.finished());
    origin->shutdown_write();
    test.loop.run_until_idle();
    CHECK(running.finished());
    CHECK_FALSE(traffic.timed_out);
}

TEST_CASE("a tap sees everything of both directions, in order, before it arrives") {
    struct Recorder final : Tap {
        std::string up, down;
        void passed(bool is_up, ByteView octets) override { (is_up ? up : down) += as_text(octets); }
    } tap;
    Relayed pair(50, kPatient, &tap);
    auto say_up = pair.test.start(say_all(*pair.client, numbered(3000)));
    auto say_down = pair.test.start(say_all(*pair.origin, numbered(4000)));
    auto hear_up = pair.test.start(read_all(*pair.origin));
    auto hear_down = pair.test.start(read_all(*pair.client));
    REQUIRE(pair.test.turn_until([&] { return pair.running->finished(); }));
    CHECK(tap.up == numbered(3000));
    CHECK(tap.down == numbered(4000));
}

namespace {

/// Always has more to read, and takes everything.
class Spring final : public Stream {
  public:
    explicit Spring(EventLoop& loop) : loop_(loop) {}
    Pull pull(Sink sink) override {
        ++pulls;
        last_turn = loop_.turns();
        sink(as_bytes("more"));
        return Pull::data;
    }
    void push(ByteView) override {}
    bool flush() override { return true; }
    void shutdown_write() override {}
    void truncate() override {}
    void abort() override {}
    void unread(ByteView) override {}
    Readiness::Wait until_readable() override { return ready_.wait(); }
    Readiness::Wait until_writable() override { return ready_.wait(); }
    std::size_t pending() const override { return 0; }
    Ending ending() const override { return Ending::none; }
    bool broken() const override { return false; }
    std::uint64_t pulls = 0;
    std::uint64_t last_turn = 0;

  private:
    EventLoop& loop_;
    Readiness ready_{true};
};

}  // namespace

TEST_CASE("a pair that always has more does so much per turn, and another pair has its turn too") {
    TestLoop test;
    Spring a(test.loop), b(test.loop), c(test.loop), d(test.loop);
    Traffic one, two;
    auto first = test.start(relay(test.loop, a, b, kPatient, nullptr, one));
    auto second = test.start(relay(test.loop, c, d, kPatient, nullptr, two));
    for (int turn = 0; turn < 100; ++turn) test.loop.turn(false);
    for (const auto* spring : {&a, &b, &c, &d}) {
        CHECK(spring->pulls >= 100);
        CHECK(spring->pulls <= 1000);
        CHECK(spring->last_turn == test.loop.turns());
    }
}

TEST_CASE("a cancelled relay leaves no timer, no wait and usable streams") {
    TestLoop test;
    auto [client, near] = make_pipe(test.loop, 10);
    auto [far, origin] = make_pipe(test.loop, 10);
    Traffic traffic;
    {
        auto running = test.start(relay(test.loop, *near, *far, kPatient, nullptr, traffic));
        client->push(as_bytes("stalled by the origin"));
        test.loop.run_until_idle();
        CHECK(test.loop.armed_timers() > 0);
    }
    CHECK(test.loop.armed_timers() == 0);
    test.loop.run_until_idle();
    near->push(as_bytes("x"));
    CHECK(pull_text(*client) == "x");
}

namespace {

/// A pipe's end whose peer's FIN counts as a truncation, as under TLS; and that can be made urgent.
class Odd final : public Stream {
  public:
    explicit Odd(std::unique_ptr<PipeEnd> lower) : lower_(std::move(lower)) {}
    Pull pull(Sink sink) override { return lower_->pull(sink); }
    void push(ByteView octets) override { lower_->push(octets); }
    bool flush() override { return lower_->flush(); }
    void shutdown_write() override { ended_in_order = true, lower_->shutdown_write(); }
    void truncate() override { truncated = true, lower_->truncate(); }
    void abort() override { aborted = true, lower_->abort(); }
    void unread(ByteView octets) override { lower_->unread(octets); }
    Readiness::Wait until_readable() override { return lower_->until_readable(); }
    Readiness::Wait until_writable() override { return lower_->until_writable(); }
    bool urgent() const override { return is_urgent; }
    std::size_t pending() const override { return lower_->pending(); }
    Ending ending() const override { return lower_->ending() == Ending::fin ? fin_means : lower_->ending(); }
    bool broken() const override { return lower_->broken(); }

    Ending fin_means = Ending::fin;
    bool is_urgent = false, truncated = false, ended_in_order = false, aborted = false;

  private:
    std::unique_ptr<PipeEnd> lower_;
};

struct OddPair {
    explicit OddPair(std::size_t capacity) {
        auto left = make_pipe(test.loop, capacity);
        auto right = make_pipe(test.loop, capacity);
        client = std::move(left.first);
        origin = std::move(right.second);
        near = std::make_unique<Odd>(std::move(left.second));
        far = std::make_unique<Odd>(std::move(right.first));
    }
    void start() { running.emplace(relay(test.loop, *near, *far, kPatient, nullptr, traffic)); }
    TestLoop test;
    std::unique_ptr<PipeEnd> client, origin;
    std::unique_ptr<Odd> near, far;
    Traffic traffic;
    std::optional<Probe<void>> running;
};

}  // namespace

TEST_CASE("a truncation is passed on as one") {
    OddPair pair(100);
    pair.near->fin_means = Ending::truncated;
    pair.start();
    pair.client->push(as_bytes("half a wo"));
    pair.client->shutdown_write();
    pair.test.loop.run_until_idle();
    CHECK(pull_text(*pair.origin) == "half a wo");
    CHECK(pair.far->truncated);
    CHECK_FALSE(pair.far->ended_in_order);
    CHECK(pair.traffic.how == Ending::truncated);
}

TEST_CASE("where a side's protocol has failed, the relay ends, and what each is told is the caller's to say") {
    OddPair pair(100);
    const bool by_first = GENERATE(true, false);
    (by_first ? pair.near : pair.far)->fin_means = Ending::failed;
    pair.start();
    (by_first ? pair.client : pair.origin)->shutdown_write();
    pair.test.loop.run_until_idle();
    CHECK(pair.running->finished());
    CHECK(pair.traffic.how == Ending::failed);
    CHECK(pair.traffic.by_first == by_first);
    for (const auto* side : {pair.near.get(), pair.far.get()}) {
        CHECK_FALSE(side->aborted);
        CHECK_FALSE(side->truncated);
        CHECK_FALSE(side->ended_in_order);
    }
}

TEST_CASE("a leg in a handshake is read on while the other side is stalled, up to a bound") {
    OddPair pair(64_KiB);
    pair.near->is_urgent = true;
    pair.start();
    const auto text = numbered(8_MiB);
    auto flood = pair.test.start(say(*pair.client, text));
    pair.test.loop.run_until_idle();
    CHECK(pair.traffic.up > 4_MiB);
    CHECK(pair.traffic.up < 4_MiB + 256_KiB);
    auto hear = pair.test.start(read_exactly(*pair.origin, text.size()));
    pair.test.loop.run_until_idle();
    REQUIRE(hear.finished());
    CHECK(hear.take() == text);
}

TEST_CASE("what waits for a stalled side goes out though the urgent leg is silent") {
    OddPair pair(10);
    pair.near->is_urgent = true;
    pair.start();
    auto talk = pair.test.start(say(*pair.client, "more than fits into a pipe"));
    pair.test.loop.run_until_idle();
    CHECK(talk.finished());
    auto hear = pair.test.start(read_exactly(*pair.origin, 26));
    pair.test.loop.run_until_idle();
    REQUIRE(hear.finished());
    CHECK(hear.take() == "more than fits into a pipe");
}

TEST_CASE("a relay does not end before what ends a direction has been sent") {
    // A last word like close_notify, which is pushed at the end, finds the pipe full.
    class LastWord final : public Stream {
      public:
        explicit LastWord(std::unique_ptr<PipeEnd> lower) : lower_(std::move(lower)) {}
        Pull pull(Sink sink) override { return lower_->pull(sink); }
        void push(ByteView octets) override { lower_->push(octets); }
        bool flush() override { return lower_->flush(); }
        void shutdown_write() override {
            lower_->push(as_bytes("goodbye"));
            lower_->shutdown_write();
        }
        void truncate() override { lower_->truncate(); }
        void abort() override { lower_->abort(); }
        void unread(ByteView octets) override { lower_->unread(octets); }
        Readiness::Wait until_readable() override { return lower_->until_readable(); }
        Readiness::Wait until_writable() override { return lower_->until_writable(); }
        std::size_t pending() const override { return lower_->pending(); }
        Ending ending() const override { return lower_->ending(); }
        bool broken() const override { return lower_->broken(); }

      private:
        std::unique_ptr<PipeEnd> lower_;
    };
    TestLoop test;
    auto [client, near] = make_pipe(test.loop, 100);
    auto right = make_pipe(test.loop, 3);
    auto far = std::make_unique<LastWord>(std::move(right.first));
    auto origin = std::move(right.second);
    Traffic traffic;
    auto running = test.start(relay(test.loop, *near, *far, kPatient, nullptr, traffic));
    origin->shutdown_write();
    client->shutdown_write();
    test.loop.run_until_idle();
    CHECK_FALSE(running.finished());
    CHECK(test.run(read_all(*origin)) == "goodbye");
    test.loop.run_until_idle();
    CHECK(running.finished());
}
