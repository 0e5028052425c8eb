#include "h2/wire.h"
#include "tests/support/catch.h"

#include <array>
#include <deque>
#include <map>
#include <random>

using namespace bascule;
using namespace bascule::http;
using namespace bascule::http::h2;
using namespace bascule::http::h2::testing;
using test::Contains;

/// Flow control: two peers that keep the rules to the last octet and know of each other only what has reached them.
namespace {

constexpr std::uint32_t kStreams = 3;

struct Frame {
    Type type;
    std::uint32_t stream = 0;
    std::uint32_t amount = 0;  ///< of DATA, of a window; of SETTINGS the window of streams
    bool is_ack = false;

    std::string octets() const {
        if (type == Type::data) return data(stream, std::string(amount, 'x'));
        if (type == Type::window_update) return window(stream, amount);
        return is_ack ? ack() : settings(setting(4, amount));
    }
};

/// What one side may send (RFC 9113 section 6.9), as it knows.
class Sender {
  public:
    Sender() {
        for (std::uint32_t i = 0; i < kStreams; ++i) streams_[2 * i + 1] = 65535;
    }
    void hears(const Frame& frame) {
        if (frame.type == Type::window_update) (frame.stream == 0 ? all_ : streams_[frame.stream]) += frame.amount;
        if (frame.type != Type::settings || frame.is_ack) return;
        for (auto& [id, left] : streams_) left += static_cast<std::int64_t>(frame.amount) - first_;
        first_ = frame.amount;
    }
    std::uint32_t may_send(std::uint32_t id) const {
        return static_cast<std::uint32_t>(std::clamp<std::int64_t>(std::min(all_, streams_.at(id)), 0, 16384));
    }
    void sends(std::uint32_t id, std::uint32_t amount) {
        all_ -= amount;
        streams_[id] -= amount;
    }

  private:
    std::int64_t all_ = 65535, first_ = 65535;
    std::map<std::uint32_t, std::int64_t> streams_;
};

struct Side {
    Sender sender;
    std::deque<Frame> said, passed;  ///< on its way to the walker; from there to the other side
};

class Peers {
  public:
    explicit Peers(unsigned seed) : random_(seed) {
        feed.greet();
        for (std::uint32_t i = 0; i < kStreams; ++i) feed.up(feed.post(2 * i + 1)).down(feed.ok(2 * i + 1));
    }
    Feed feed;

    void step() {
        const bool up = chance(2);
        switch (below(6)) {
            case 0:
                return say_data(up);
            case 1:
                return say(up, {Type::window_update, below(kStreams + 1) * 2, 1 + below(20'000)});
            case 2:
                return chance(8) ? say(up, {Type::settings, 0, below(100'000)}) : say_data(up);
            case 3:
            case 4:
                return pass(up);
            default:
                return hear(up);
        }
    }
    void settle() {
        for (const bool up : {true, false, true, false}) {
            while (!side(up).said.empty()) pass(up);
            while (!side(up).passed.empty()) hear(up);
        }
    }
    /// One octet more than it may.
    void say_too_much(bool up) {
        const auto id = some_stream();
        while (side(up).sender.may_send(id) == 16384) {
            side(up).sender.sends(id, 16384);
            feed.say(up, data(id, std::string(16384, 'x')));
        }
        REQUIRE(feed.fault().empty());
        feed.say(up, data(id, std::string(side(up).sender.may_send(id) + 1, 'x')));
    }

  private:
    std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
    bool chance(std::uint32_t one_in) { return below(one_in) == 0; }
    std::uint32_t some_stream() { return 2 * below(kStreams) + 1; }
    Side& side(bool up) { return up ? client_ : origin_; }

    void say(bool up, Frame frame) {
        if (frame.type == Type::window_update && frame.stream > 0) --frame.stream;
        side(up).said.push_back(frame);
    }
    /// Mostly all that it may.
    void say_data(bool up) {
        const auto id = some_stream();
        const auto most = side(up).sender.may_send(id);
        const auto amount = chance(4) ? below(most + 1) : most;
        side(up).sender.sends(id, amount);
        say(up, {Type::data, id, amount});
    }
    void pass(bool up) {
        auto& from = side(up);
        if (from.said.empty()) return;
        feed.say(up, from.said.front().octets());
        from.passed.push_back(from.said.front());
        from.said.pop_front();
    }
    /// The other side does.
    void hear(bool up) {
        auto& from = side(up);
        if (from.passed.empty()) return;
        const auto frame = from.passed.front();
        from.passed.pop_front();
        side(!up).sender.hears(frame);
        if (frame.type == Type::settings && !frame.is_ack) say(!up, {Type::settings, 0, 0, true});
    }

    std::mt19937 random_;
    Side client_, origin_;
};

}  // namespace

TEST_CASE("DATA up to the last octet that was granted passes, however late each side hears of the other") {
    for (unsigned seed = 0; seed < 500; ++seed) {
        INFO("seed " << seed);
        Peers peers(seed);
        for (int i = 0; i < 400; ++i) peers.step();
        REQUIRE(peers.feed.fault() == "");
    }
}

TEST_CASE("an octet more than was granted does not pass") {
    for (unsigned seed = 0; seed < 500; ++seed) {
        INFO("seed " << seed);
        Peers peers(seed);
        for (int i = 0; i < 400; ++i) peers.step();
        peers.settle();
        peers.say_too_much(seed % 2 == 0);
        REQUIRE_THAT(peers.feed.fault(), Contains("than its receiver has granted"));
        REQUIRE(peers.feed.code() == Code::flow_control_error);
    }
}

TEST_CASE("DATA that is empty needs no window") {
    Feed feed;
    feed.greet({}, setting(4, 0)).up(feed.post(1)).up(data(1, "", kEndStream));
    CHECK(feed.fault().empty());
}
