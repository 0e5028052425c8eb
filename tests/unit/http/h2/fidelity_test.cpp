#include "h2/wire.h"
#include "tests/support/catch.h"

#include <cstdlib>
#include <map>
#include <random>

using namespace bascule;
using namespace bascule::http;
using namespace bascule::http::h2;
using namespace bascule::http::h2::testing;

/// Random legal conversations of two peers, frame by frame, and what must be told of them. BASCULE_TEST_SEED repeats
/// one.
namespace {

std::uint64_t seed() {
    const auto* given = std::getenv("BASCULE_TEST_SEED");
    return given ? std::strtoull(given, nullptr, 10) : 20260101;
}

/// What is told of one stream, joined; the model writes the same.
using Told = std::map<std::uint32_t, std::string>;

class ByStream final : public Exchanges {
  public:
    Told told;

    void request(ExchangeId id, const RequestView& head) override {
        told[id] += fmt::format("[{} {} {}]", head.method, head.path, text_of(head.fields));
    }
    void informational(ExchangeId id, const ResponseView& head) override {
        told[id] += fmt::format("({})", head.status);
    }
    void response(ExchangeId id, const ResponseView& head) override {
        told[id] += fmt::format("[{} {}]", head.status, text_of(head.fields));
    }
    void body(ExchangeId id, bool up, ByteView octets) override {
        for (const auto octet : octets) told[id].append(up ? ">" : "<").push_back(static_cast<char>(octet));
    }
    void trailers(ExchangeId id, bool, FieldViews fields) override { told[id] += "{" + text_of(fields) + "}"; }
    void ended(ExchangeId id, bool up) override { told[id] += up ? "END>" : "END<"; }
    void reset(ExchangeId id, bool up, std::uint32_t code) override {
        told[id] += fmt::format("RESET{}{}", up ? ">" : "<", code);
    }
    static std::string text_of(FieldViews fields) {
        std::string text;
        for (const auto& [name, value] : fields) text.append(name).append("=").append(value).append(";");
        return text;
    }
};

/// One stream as the two peers have it in mind.
struct Exchange {
    bool asked = false, answered = false;  ///< the final head
    bool up_ended = false, down_ended = false;
    bool reset = false;
};

/// Two peers that speak in turn. Each step is one frame (or one header block).
class Peers {
  public:
    explicit Peers(std::uint64_t seed) : random_(seed) {
        say(true, std::string(kPreface) + settings(some_settings(true)));
        say(false, settings(some_settings(false)));
    }

    struct Said {
        bool up;
        std::string octets;
    };
    std::vector<Said> script;
    Told told;

    void step() {
        switch (below(12)) {
            case 0:
            case 1:
            case 2:
                return ask();
            case 3:
            case 4:
                return answer();
            case 5:
            case 6:
                return content();
            case 7:
                return finish();
            case 8:
                return change_settings();
            case 9:
                return acknowledge();
            case 10:
                return chance(3) ? reset() : promise();
            default:
                return say_by_the_way();
        }
    }
    std::size_t below(std::size_t bound) { return random_() % bound; }

  private:
    bool chance(std::size_t one_in) { return below(one_in) == 0; }
    std::string text(std::size_t most) {
        constexpr std::string_view of = "abcdefghijklmnop-0123456789";
        std::string out(1 + below(most), ' ');
        for (auto& c : out) c = of[below(of.size())];
        return out;
    }
    void say(bool up, std::string octets) { script.push_back({up, std::move(octets)}); }

    // --- Heads ---------------------------------------------------------------------------------------------------

    Fields some_fields() {
        Fields fields;
        for (auto count = below(5); count > 0; --count) {
            fields.emplace_back("x-" + text(3), chance(8) ? std::string(300, 'v') + text(9) : text(20));
        }
        return fields;
    }
    static std::string text_of(const Fields& fields) {
        std::string out;
        for (const auto& [name, value] : fields) {
            if (!name.starts_with(':')) out.append(name).append("=").append(value).append(";");
        }
        return out;
    }
    /// HEADERS or PUSH_PROMISE with the block cut into CONTINUATIONs at random, with padding and priority.
    std::string frames(Type type, std::uint32_t id, std::string_view before, std::string block, bool last) {
        int flags = last ? kEndStream : 0;
        std::vector<std::string> pieces;
        for (auto count = below(4); count > 0; --count) {
            const auto size = below(block.size() + 1);
            pieces.push_back(block.substr(0, size));
            if (size == 0 && pieces.size() > 1)
                pieces.pop_back();  // an empty CONTINUATION that ends nothing is a flood
            block.erase(0, size);
        }
        pieces.push_back(block);
        if (pieces.size() == 1) flags |= kEndHeaders;
        auto first = std::string(before) + pieces.front();
        if (type == Type::headers && chance(3)) {
            flags |= kPriority;
            first = number(static_cast<std::uint32_t>(below(2)) * 0x80000000 + id + 2, 4) + '\x10' + first;
        }
        if (chance(3)) {
            const auto padding = below(256);
            flags |= kPadded;
            first = static_cast<char>(padding) + first + std::string(padding, '\0');
        }
        auto out = frame(type, flags, id, first);
        for (std::size_t i = 1; i < pieces.size(); ++i) {
            out += frame(Type::continuation, i + 1 == pieces.size() ? kEndHeaders : 0, id, pieces[i]);
        }
        return out;
    }

    Fields request_fields(const std::string& method, const std::string& path, const Fields& more) {
        Fields fields{{":method", method}, {":scheme", "https"}, {":authority", "x.test"}, {":path", path}};
        if (chance(2)) std::swap(fields[0], fields[3]);
        fields.insert(fields.end(), more.begin(), more.end());
        return fields;
    }
    void ask() {
        const auto id = next_id_;
        next_id_ += 2 + 2 * static_cast<std::uint32_t>(below(3));
        const bool last = chance(2);
        const auto method = last ? "GET" : "POST";
        const auto path = "/" + text(30);
        const auto more = some_fields();
        say(true, frames(Type::headers, id, {}, client_.block(request_fields(method, path, more)), last));
        told[id] += fmt::format("[{} {} {}]", method, path, text_of(more));
        open_[id].asked = true;
        if (last) end(id, true);
    }
    void promise() {
        auto* parent = some([](auto id, auto& one) { return id % 2 == 1 && !one.down_ended && !one.reset; });
        if (!parent) return;
        const auto id = next_push_;
        next_push_ += 2;
        const auto path = "/" + text(8);
        const auto fields = request_fields("GET", path, {});
        say(false, frames(Type::push_promise, parent->first, number(id, 4), origin_.block(fields), false));
        told[id] += fmt::format("[GET {} ]", path);
        open_[id].asked = true;
        end(id, true);
    }
    void answer() {
        auto* one = some([](auto, auto& at) { return !at.answered && !at.reset; });
        if (!one) return;
        const auto id = one->first;
        if (chance(3)) {
            say(false, frames(Type::headers, id, {}, origin_.block({{":status", "103"}, {"link", text(9)}}), false));
            told[id] += "(103)";
            return;
        }
        const auto more = some_fields();
        Fields fields{{":status", "200"}};
        fields.insert(fields.end(), more.begin(), more.end());
        const bool last = chance(4);
        one->second.answered = true;
        say(false, frames(Type::headers, id, {}, origin_.block(fields), last));
        told[id] += fmt::format("[200 {}]", text_of(more));
        if (last) end(id, false);
    }

    // --- Content and ends ----------------------------------------------------------------------------------------

    /// A stream and a direction in which content may come.
    std::pair<std::uint32_t, bool> some_half() {
        const bool up = chance(2);
        auto* one =
            some([&](auto, auto& at) { return !at.reset && (up ? !at.up_ended : at.answered && !at.down_ended); });
        return {one ? one->first : 0, up};
    }
    void content() {
        const auto [id, up] = some_half();
        if (id == 0) return;
        const auto piece = chance(6) ? std::string() : text(50);
        const auto padding = below(30);
        const bool padded = chance(3), last = chance(4);
        auto payload = padded ? static_cast<char>(padding) + piece + std::string(padding, '\0') : piece;
        say(up, data(id, payload, (padded ? kPadded : 0) | (last ? kEndStream : 0)));
        for (const char c : piece) told[id].append(up ? ">" : "<").push_back(c);
        if (last) end(id, up);
    }
    void finish() {
        const auto [id, up] = some_half();
        if (id == 0) return;
        auto trailers = some_fields();
        say(up, frames(Type::headers, id, {}, (up ? client_ : origin_).block(trailers), true));
        if (!trailers.empty()) told[id] += "{" + text_of(trailers) + "}";
        end(id, up);
    }
    void end(std::uint32_t id, bool up) {
        auto& one = open_[id];
        (up ? one.up_ended : one.down_ended) = true;
        told[id] += up ? "END>" : "END<";
        if (one.up_ended && one.down_ended) open_.erase(id);
    }
    void reset() {
        auto* one = some([](auto, auto& at) { return !at.reset; });
        if (!one) return;
        const bool up = chance(2);
        const auto id = one->first;
        const auto code = static_cast<std::uint32_t>(below(20));
        say(up, rst(id, code));
        told[id] += fmt::format("RESET{}{}", up ? ">" : "<", code);
        const bool in_flight = up ? !one->second.down_ended : !one->second.up_ended;
        if (in_flight) {  // of the other side, which has not heard of it: it passes and is not told
            const auto fields = up ? Fields{{":status", "200"}, {"x-late", text(9)}} : Fields{{"x-late", text(9)}};
            const bool head = up && !one->second.answered;
            if (head) say(false, frames(Type::headers, id, {}, origin_.block(fields), false));
            say(!up, data(id, text(20), kEndStream));
        }
        open_.erase(id);
    }

    // --- The connection --------------------------------------------------------------------------------------------

    struct Sizes {
        bool any = false;
        std::uint32_t smallest = 0, last = 0;
    };
    std::string some_settings(bool up) {
        std::string out;
        Sizes sizes;
        for (auto count = below(4); count > 0; --count) {
            if (chance(2)) {
                const auto size = static_cast<std::uint32_t>(chance(4) ? 0 : below(8192));
                sizes = {true, sizes.any ? std::min(sizes.smallest, size) : size, size};
                out += setting(1, size);
            } else {
                out += chance(2) ? setting(0xf0f0, 7) : setting(4, 10'000 + static_cast<std::uint32_t>(below(60'000)));
            }
        }
        in_flight_[up ? 1 : 0].push_back(sizes);
        return out;
    }
    void change_settings() {
        if (++settings_changes_ > 40) return;
        const bool up = chance(2);
        say(up, settings(some_settings(up)));
    }
    /// By the other side, whose encoder then does as it was told (RFC 7541 section 4.2).
    void acknowledge() {
        const bool of_up = chance(2);
        auto& waiting = in_flight_[of_up ? 1 : 0];
        if (waiting.empty()) return;
        const auto sizes = waiting.front();
        waiting.erase(waiting.begin());
        say(!of_up, ack());
        if (!sizes.any) return;
        auto& encoder = of_up ? origin_ : client_;
        encoder.limit(sizes.smallest);
        encoder.limit(sizes.last);
    }
    void say_by_the_way() {
        const bool up = chance(2);
        const auto id = next_id_ > 1 ? 1U : 0U;
        switch (below(6)) {
            case 0:
                return say(up, frame(Type::ping, 0, 0, "12345678"));
            case 1:
                return say(up, window(id, 1 + static_cast<std::uint32_t>(below(1000))));
            case 2:
                return say(up, frame(Type::priority, 0, 3, number(1, 4) + "\x20"));
            case 3:
                return say(true, frame(Type::priority_update, 0, 0, number(1, 4) + "u=1, i"));
            case 4:
                return say(up, frame(0x0a + 0x20 * static_cast<int>(below(6)), 0xff, id, text(60)));
            default:
                return say(up, window(0, 1 + static_cast<std::uint32_t>(below(1000))));
        }
    }

    template <class Test>
    std::pair<const std::uint32_t, Exchange>* some(Test test) {
        std::vector<std::pair<const std::uint32_t, Exchange>*> fit;
        for (auto& one : open_) {
            if (test(one.first, one.second)) fit.push_back(&one);
        }
        return fit.empty() ? nullptr : fit[below(fit.size())];
    }

    std::mt19937_64 random_;
    Encoder client_, origin_;
    std::map<std::uint32_t, Exchange> open_;
    std::uint32_t next_id_ = 1, next_push_ = 2;
    std::array<std::vector<Sizes>, 2> in_flight_;
    int settings_changes_ = 0;
};

/// Says the script in random pieces, in its order. What passes, of each side.
std::array<std::string, 2> play(Peers& peers, ByStream& story, std::size_t largest) {
    test_time = {};
    const auto walker = make_walker(story, [] { return test_time; });
    std::array<std::string, 2> held, passed;
    for (const auto& [up, octets] : peers.script) {
        for (std::string_view rest = octets; !rest.empty();) {
            const auto some = std::min(rest.size(), 1 + peers.below(largest));
            auto& waiting = held[up ? 1 : 0];
            waiting += rest.substr(0, some);
            rest.remove_prefix(some);
            const auto admitted = walker->admit(up, as_bytes(waiting));
            passed[up ? 1 : 0] += waiting.substr(0, admitted);
            waiting.erase(0, admitted);
            INFO((walker->fault() ? walker->fault()->what : std::string()));
            REQUIRE_FALSE(walker->fault());
        }
    }
    return passed;
}

}  // namespace

TEST_CASE("whatever two peers may say passes as it came, and is told as it was meant") {
    for (std::uint64_t round = 0; round < 1500; ++round) {
        INFO("BASCULE_TEST_SEED=" << seed() << ", round " << round);
        Peers peers(seed() + round);
        for (int steps = 0; steps < 60; ++steps) peers.step();
        std::array<std::string, 2> said;
        for (const auto& [up, octets] : peers.script) said[up ? 1 : 0] += octets;
        for (const std::size_t largest : {1U, 11U, 100'000U}) {
            ByStream story;
            const auto passed = play(peers, story, largest);
            REQUIRE(passed == said);
            REQUIRE(story.told == peers.told);
        }
    }
}
