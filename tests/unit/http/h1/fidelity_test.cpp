#include "http/h1/watched.h"
#include "tests/support/catch.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <random>

using namespace bascule;
using namespace bascule::http;

/// Random legal conversations, and what must be told of them. BASCULE_TEST_SEED repeats one.
namespace {

using Lines = std::vector<std::string>;

/// What is told of one direction of one exchange, as the model and the walker write it alike.
struct Told {
    std::string head, body, trailers;
    bool ended = false;
    bool operator==(const Told&) const = default;
};

std::string text_of(FieldViews fields) {
    std::string text;
    for (const auto& [name, value] : fields) text.append(name).append("=").append(value).append(";");
    return text;
}

class Story final : public Exchanges {
  public:
    std::vector<std::array<Told, 2>> told{8};
    int informational_answers = 0;

    void request(ExchangeId id, const RequestView& head) override {
        at(id, true).head = fmt::format("{} {} {}", head.method, head.path, text_of(head.fields));
    }
    void informational(ExchangeId, const ResponseView&) override { ++informational_answers; }
    void response(ExchangeId id, const ResponseView& head) override {
        at(id, false).head = fmt::format("{} {}", head.status, text_of(head.fields));
    }
    void body(ExchangeId id, bool up, ByteView octets) override { at(id, up).body += as_text(octets); }
    void trailers(ExchangeId id, bool up, FieldViews fields) override { at(id, up).trailers = text_of(fields); }
    void ended(ExchangeId id, bool up) override { at(id, up).ended = true; }
    void reset(ExchangeId, bool, std::uint32_t) override { FAIL("HTTP/1 has no resets"); }

  private:
    Told& at(ExchangeId id, bool up) { return told.at(id)[up ? 1 : 0]; }
};

class Maker {
  public:
    explicit Maker(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t bound) { return random_() % bound; }
    bool chance(std::size_t one_in) { return below(one_in) == 0; }
    std::string text(std::string_view of, std::size_t least, std::size_t most) {
        std::string out(least + below(most - least + 1), ' ');
        for (auto& c : out) c = of[below(of.size())];
        return out;
    }
    std::string any_case(std::string name) {
        for (auto& c : name) {
            if (c >= 'a' && c <= 'z' && chance(3)) c = static_cast<char>(c - 'a' + 'A');
        }
        return name;
    }
    std::string space() { return text(" \t", 0, 3); }

    /// A field on the wire; what is told of it goes to `told`.
    std::string field(const std::string& name, const std::string& value, std::string& told) {
        const auto spelled = any_case(name);
        told += spelled + "=" + value + ";";
        return spelled + ":" + space() + value + space() + "\r\n";
    }
    std::string fields(std::string& told) {
        std::string out;
        for (auto count = below(4); count > 0; --count) {
            auto inner = text("ab\tz,;=\"\xc3\xa4 !", 0, 12);
            if (!inner.empty()) inner = "v" + inner + "v";
            out += field("x" + text("abc-_.!#$%&'*+^`|~1", 0, 6), inner, told);
        }
        return out;
    }
    std::string chunks(Told& told) {
        std::string out;
        for (auto count = below(4); count > 0; --count) {
            const auto piece = text("abc\r\n0;:", 1, 40);
            told.body += piece;
            out += fmt::format("{}{:x}{}\r\n{}\r\n", std::string(below(4), '0'), piece.size(), extension(), piece);
        }
        return out + std::string(1 + below(3), '0') + extension() + "\r\n" + fields(told.trailers) + "\r\n";
    }
    std::string extension() { return chance(2) ? "" : ";" + text("ab=\"; \t\xc3", 0, 8); }
    /// The fields of a message, their end, and its content.
    std::string rest(Told& told) {
        auto out = fields(told.head);
        if (chance(2)) {
            out += field("transfer-encoding", any_case("chunked"), told.head);
            return out + fields(told.head) + "\r\n" + chunks(told);
        }
        told.body = text("abc\r\n0", 0, 60);
        out += field("content-length", std::string(below(3), '0') + std::to_string(told.body.size()), told.head);
        return out + fields(told.head) + "\r\n" + told.body;
    }

  private:
    std::mt19937_64 random_;
};

struct Talk {
    std::vector<std::array<Told, 2>> told{8};
    std::string up, down;
    int informational = 0;
};

void add_request(Maker& make, Talk& talk, std::array<Told, 2>& told, bool is_head) {
    const auto method = is_head ? "HEAD" : make.text("GETPOSTx-1", 1, 8);
    const auto path = "/" + make.text("a%2/?=&{}|~\xc3", 0, 20);
    told[1].head = method + " " + path + " ";
    if (make.chance(4)) talk.up += "\r\n";
    talk.up += method + " " + path + " HTTP/1.1\r\n" + make.field("host", "origin.test", told[1].head);
    talk.up += make.chance(3) ? make.fields(told[1].head) + "\r\n" : make.rest(told[1]);
    told[1].ended = true;
}

void add_answer(Maker& make, Talk& talk, Told& told, bool is_head, bool last) {
    for (; make.chance(3); ++talk.informational) {
        std::string ignored;
        talk.down += (make.chance(2) ? "HTTP/1.1 103 Early\r\n" : "HTTP/1.1 100\r\n") + make.fields(ignored) + "\r\n";
    }
    const int status = make.chance(4) ? 304 : 200 + static_cast<int>(make.below(4));
    told.head = fmt::format("{} ", status);
    talk.down += fmt::format("HTTP/1.1 {}{}\r\n", status, make.chance(3) ? "" : " " + make.text("ab \t\xc3", 0, 8));
    told.ended = true;
    if (is_head || status == 304) {
        talk.down += make.fields(told.head) + make.field("content-length", "77", told.head) + "\r\n";
    } else if (last && make.chance(3)) {
        told.body = make.text("to the end\r\n", 0, 40);
        talk.down += make.fields(told.head) + "\r\n" + told.body;
    } else {
        talk.down += make.rest(told);
    }
}

Talk make_talk(Maker& make) {
    Talk talk;
    const auto count = 1 + make.below(5);
    for (std::size_t i = 1; i <= count; ++i) {
        const bool is_head = make.chance(5);
        add_request(make, talk, talk.told[i], is_head);
        add_answer(make, talk, talk.told[i][0], is_head, i == count);
    }
    return talk;
}

/// A walker, with what one side has said and what of it has passed.
struct Direction {
    bool up;
    std::string_view said;
    std::size_t given = 0, passed = 0;

    void say(Walker& walker, std::size_t more) {
        given = std::min(said.size(), given + more);
        passed += walker.admit(up, as_bytes(said.substr(passed, given - passed)));
    }
};

/// Says both sides in random pieces: each answer may come only when its request has, so the client is ahead.
void play(Maker& make, const Talk& talk, Story& story, std::size_t largest) {
    WatchedH1 walker(story);
    Direction up{true, talk.up}, down{false, talk.down};
    while (up.given < talk.up.size()) up.say(walker, 1 + make.below(largest));
    while (down.given < talk.down.size()) down.say(walker, 1 + make.below(largest));
    walker.ended(false, true);
    INFO((walker.fault() ? walker.fault()->what : std::string()));
    REQUIRE(up.passed == talk.up.size());
    REQUIRE(down.passed == talk.down.size());
    REQUIRE_FALSE(walker.fault());
}

/// Both sides end after so many octets: what is told is the beginning of what was meant, and nothing else.
void play_prefix(const Talk& talk, std::size_t length) {
    Story story;
    WatchedH1 walker(story);
    for (auto direction : {Direction{true, talk.up}, Direction{false, talk.down}}) {
        direction.said = direction.said.substr(0, length);
        direction.say(walker, length);
        walker.ended(direction.up, true);
        direction.say(walker, 0);
    }
    for (std::size_t id = 1; id < talk.told.size(); ++id) {
        for (const std::size_t way : {0, 1}) {
            const auto& [is, should] = std::pair(story.told[id][way], talk.told[id][way]);
            REQUIRE((is.head.empty() || is.head == should.head));
            REQUIRE(should.body.starts_with(is.body));
            REQUIRE((is.trailers.empty() || is.trailers == should.trailers));
        }
    }
}

std::uint64_t seed() {
    const auto* given = std::getenv("BASCULE_TEST_SEED");
    return given ? std::strtoull(given, nullptr, 10) : 20260101;
}

}  // namespace

TEST_CASE("whatever is legal passes as it came, and is told as it was meant") {
    for (std::uint64_t round = 0; round < 3000; ++round) {
        INFO("BASCULE_TEST_SEED=" << seed() << ", round " << round);
        Maker make(seed() + round);
        const auto talk = make_talk(make);
        for (const std::size_t largest : {std::size_t{1}, std::size_t{7}, talk.up.size() + talk.down.size()}) {
            Story story;
            play(make, talk, story, largest);
            REQUIRE(story.informational_answers == talk.informational);
            for (std::size_t id = 1; id < talk.told.size(); ++id) {
                for (const std::size_t way : {0, 1}) {
                    INFO("exchange " << id << (way == 1 ? " up" : " down") << "\n" << talk.up << "\n" << talk.down);
                    REQUIRE(story.told[id][way].head == talk.told[id][way].head);
                    REQUIRE(story.told[id][way].body == talk.told[id][way].body);
                    REQUIRE(story.told[id][way] == talk.told[id][way]);
                }
            }
        }
    }
}

TEST_CASE("every prefix of what is legal ends without harm") {
    for (std::uint64_t round = 0; round < 100; ++round) {
        INFO("BASCULE_TEST_SEED=" << seed() << ", round " << round);
        Maker make(seed() + round);
        const auto talk = make_talk(make);
        for (std::size_t length = 0; length < std::max(talk.up.size(), talk.down.size()); ++length) {
            play_prefix(talk, length);
        }
    }
}
