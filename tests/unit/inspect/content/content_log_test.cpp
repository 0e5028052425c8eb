#include "inspect/content/content_log.h"

#include "inspect/content/content_format.h"
#include "tests/support/catch.h"
#include "tests/unit/inspect/scratch.h"

#include <sys/resource.h>

#include <array>
#include <random>
#include <thread>

using namespace bascule;
using namespace bascule::inspect;
using namespace std::chrono_literals;
using test::Contains;

namespace {

struct Complaints {
    std::vector<std::string> told;
    static void hear(void* self, std::string_view message) {
        static_cast<Complaints*>(self)->told.emplace_back(message);
    }
};

std::string from_base64(const std::string& text) {
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        if (c == '=') break;
        bits = bits << 6 | static_cast<std::uint32_t>(digits.find(c));
        held += 6;
        if (held >= 8) out += static_cast<char>(bits >> (held -= 8) & 0xff);
    }
    return out;
}

std::string from_json(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        const char kind = text[++i];
        if (kind == 'u') {
            const auto code = std::stoul(text.substr(i + 1, 4), nullptr, 16);
            if (code >= 0x80) out += static_cast<char>(0xc0 | code >> 6);
            out += static_cast<char>(code < 0x80 ? code : 0x80 | (code & 0x3f));
            i += 4;
        } else {
            out += kind == 'n' ? '\n' : kind == 'r' ? '\r' : kind == 't' ? '\t' : kind;
        }
    }
    return out;
}

/// Reads an ndjson content log back: what is missing appears as that many '?'.
struct Rebuilt {
    explicit Rebuilt(const std::string& path) {
        std::uint64_t seq = 0;
        for (const auto& line : lines_of(contents(path))) {
            if (!line.ends_with('}')) continue;  // cut by a full disk, and told as a gap
            if (const auto event = json_value(line, "event"); !event.empty()) {
                events.push_back(event);
                last = line;
                continue;
            }
            CHECK(json_value(line, "seq") == std::to_string(seq++));
            auto& side = json_value(line, "direction") == "up" ? up : down;
            CHECK(json_value(line, "offset") == std::to_string(side.size()));
            if (const auto missing = json_value(line, "dropped"); !missing.empty()) {
                side.append(std::stoul(missing), '?');
                dropped += std::stoul(missing);
            } else {
                side += from_json(json_value(line, "data")) + from_base64(json_value(line, "base64"));
            }
        }
    }
    std::string up, down, last;
    std::vector<std::string> events;
    std::uint64_t dropped = 0;
};

std::string random_octets(std::mt19937& random, std::size_t most, bool printable) {
    std::string octets(random() % most, '\0');
    for (auto& octet : octets) octet = static_cast<char>(printable ? random() % 128 : random());
    return octets;
}

}  // namespace

TEST_CASE("both directions are rebuilt exactly from ndjson, whatever passed") {
    const Scratch scratch;
    const auto path = scratch.file("a/b/c1.log");
    Complaints complaints;
    std::mt19937 random(1);
    std::array<std::string, 2> sent;
    {
        ContentWriter writer(64u << 20, Complaints::hear, &complaints);
        ContentFile file(writer, {path, ContentFormat::ndjson, 64u << 20}, "c1");
        for (int i = 0; i < 300; ++i) {
            const auto direction = random() % 2 == 0 ? Direction::up : Direction::down;
            const auto octets = i % 50 == 0 ? random_octets(random, 100000, i % 100 == 0)
                                            : random_octets(random, 300, random() % 2 == 0);
            file.add(direction, as_bytes(octets));
            sent[static_cast<std::size_t>(direction)] += octets;
        }
        file.add(Direction::up, as_bytes("\xc3\xa9\xc2\x85\xe2\x82\xac"));
        sent[0] += "\xc3\xa9\xc2\x85\xe2\x82\xac";
        CHECK(file.dropped() == 0);
    }
    const Rebuilt rebuilt(path);
    CHECK(rebuilt.up == sent[0]);
    CHECK(rebuilt.down == sent[1]);
    CHECK(rebuilt.events == std::vector<std::string>{"content_start", "content_end"});
    CHECK(json_value(rebuilt.last, "up") == std::to_string(sent[0].size()));
    CHECK(json_value(rebuilt.last, "down") == std::to_string(sent[1].size()));
    CHECK(json_value(rebuilt.last, "dropped") == "0");
    CHECK(complaints.told.empty());
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(scratch.file("a")) == 0700);
    CHECK(mode_of(scratch.file("a/b")) == 0700);
}

TEST_CASE("each line of ndjson stands alone") {
    const ContentPiece piece{"c1", 3, WallTime(0s), Direction::down, 10};
    std::string out;
    append_ndjson_start(out, "c1", WallTime(0s));
    append_ndjson_piece(out, piece, "a\n\"");
    append_ndjson_piece(out, piece, "\xff");
    append_ndjson_piece(out, piece, "\xff\xfe");
    append_ndjson_gap(out, piece, 5);
    append_ndjson_end(out, {"c1", WallTime(0s), {1, 2}, 3});
    const std::string front =
        R"({"id":"c1","seq":3,"time":"1970-01-01T00:00:00.000000Z","direction":"down","offset":10,)";
    CHECK(out ==
          R"({"event":"content_start","id":"c1","time":"1970-01-01T00:00:00.000000Z"})"
          "\n" +
              front +
              R"("data":"a\n\""})"
              "\n" +
              front +
              R"("base64":"/w=="})"
              "\n" +
              front +
              R"("base64":"//4="})"
              "\n" +
              front +
              R"("dropped":5})"
              "\n"
              R"({"event":"content_end","id":"c1","time":"1970-01-01T00:00:00.000000Z","up":1,"down":2,"dropped":3})"
              "\n");
}

TEST_CASE("text is for people, and no content looks like a head or reaches the terminal") {
    ContentPiece piece{"c1", 0, WallTime(0s), Direction::up, 0};
    std::string out;
    append_text_start(out, "c1", WallTime(0s));
    append_text_piece(out, piece, "GET / HTTP/1.1\r\n\r\n\xc3\xa9\x1b[2J\r\xff\xe2\x80\xae\n* 1970");
    piece.direction = Direction::down;
    append_text_piece(out, piece, "ok\n");
    append_text_gap(out, piece, 9);
    append_text_end(out, {"c1", WallTime(0s), {1, 2}, 3});
    CHECK(out ==
          "* 1970-01-01T00:00:00.000000Z c=c1 content: > from the client, < from the origin\n"
          "* 1970-01-01T00:00:00.000000Z c=c1 up 36 octets\n"
          "> GET / HTTP/1.1\n> \n> \xc3\xa9\\x1b[2J\\x0d\\xff\\xe2\\x80\\xae\n> * 1970\n"
          "* 1970-01-01T00:00:00.000000Z c=c1 down 3 octets\n"
          "< ok\n"
          "* 1970-01-01T00:00:00.000000Z c=c1 down 9 octets dropped here\n"
          "* 1970-01-01T00:00:00.000000Z c=c1 end: up 1, down 2, dropped 3 octets\n");
}

TEST_CASE("raw has the octets of each direction and nothing else") {
    const Scratch scratch;
    Complaints complaints;
    std::mt19937 random(2);
    const auto up = random_octets(random, 100000, false), down = random_octets(random, 100000, false);
    {
        ContentWriter writer(1u << 20, Complaints::hear, &complaints);
        ContentFile file(writer, {scratch.file("c1"), ContentFormat::raw}, "c1");
        file.add(Direction::up, as_bytes(up));
        file.add(Direction::down, as_bytes(down));
    }
    CHECK(contents(scratch.file("c1.up")) == up);
    CHECK(contents(scratch.file("c1.down")) == down);
    CHECK_FALSE(std::filesystem::exists(scratch.file("c1.dropped")));
    CHECK(mode_of(scratch.file("c1.up")) == 0600);
}

TEST_CASE("what is over the limit is dropped, counted and marked") {
    const Scratch scratch;
    Complaints complaints;
    ContentWriter writer(1u << 20, Complaints::hear, &complaints);
    for (const auto format : {ContentFormat::ndjson, ContentFormat::raw}) {
        const auto path = scratch.file(format == ContentFormat::raw ? "raw" : "ndjson");
        ContentFile file(writer, {path, format, 10}, "c1");
        file.add(Direction::up, as_bytes("123456"));
        file.add(Direction::down, as_bytes("abcdef"));
        file.add(Direction::up, as_bytes("78"));
        CHECK(file.dropped() == 4);
    }
    writer.flush();
    const Rebuilt rebuilt(scratch.file("ndjson"));
    CHECK(rebuilt.up == "123456??");
    CHECK(rebuilt.down == "abcd??");
    CHECK(json_value(rebuilt.last, "dropped") == "4");
    CHECK(contents(scratch.file("raw.up")) == "123456");
    CHECK(contents(scratch.file("raw.down")) == "abcd");
    CHECK_THAT(contents(scratch.file("raw.dropped")), Contains(R"("up":6,"down":4,"dropped":4})"));
}

TEST_CASE("what the queue could not take is marked at its place") {
    const Scratch scratch;
    const auto path = scratch.file("c1");
    Complaints complaints;
    {
        ContentWriter writer(1000, Complaints::hear, &complaints);
        ContentFile file(writer, {path, ContentFormat::ndjson}, "c1");
        file.add(Direction::up, as_bytes("before"));
        file.add(Direction::up, as_bytes(std::string(1001, 'x')));
        writer.flush();
        file.add(Direction::down, as_bytes("other"));
        writer.flush();
        file.add(Direction::up, as_bytes("after"));
        CHECK(file.dropped() == 1001);
    }
    const Rebuilt rebuilt(path);
    CHECK(rebuilt.up == "before" + std::string(1001, '?') + "after");
    CHECK(rebuilt.down == "other");
    CHECK(rebuilt.dropped == 1001);
}

TEST_CASE("what a full disk refused is marked once there is room, and raw stays an exact prefix") {
    const Scratch scratch;
    Complaints complaints;
    rlimit usual{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
    {
        ContentWriter writer(1u << 20, Complaints::hear, &complaints);
        ContentFile lines(writer, {scratch.file("ndjson"), ContentFormat::ndjson}, "c1");
        ContentFile raw(writer, {scratch.file("raw"), ContentFormat::raw}, "c2");
        const rlimit tight{300, usual.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
        for (auto* file : {&lines, &raw}) {
            file->add(Direction::up, as_bytes("small"));
            file->add(Direction::up, as_bytes(std::string(1000, 'x')));
            writer.flush();
        }
        ::setrlimit(RLIMIT_FSIZE, &usual);
        for (auto* file : {&lines, &raw}) file->add(Direction::up, as_bytes("after"));
        writer.flush();
        CHECK(lines.dropped() == 1000);
        CHECK(raw.dropped() == 1000 - 295 + 5);
    }
    const Rebuilt rebuilt(scratch.file("ndjson"));
    CHECK(rebuilt.up == "small" + std::string(1000, '?') + "after");
    CHECK(rebuilt.dropped == 1000);
    CHECK(contents(scratch.file("raw.up")) == "small" + std::string(295, 'x'));
    CHECK_THAT(contents(scratch.file("raw.dropped")), Contains(R"("up":300,"down":0,"dropped":710})"));
    REQUIRE(complaints.told.size() == 2);  // once for each file
    CHECK_THAT(complaints.told[0], Contains("ndjson: File too large; content is dropped, and counted"));
}

TEST_CASE("the queue is bounded for all connections together") {
    const Scratch scratch;
    Complaints complaints;
    constexpr int kThreads = 4, kPieces = 2000;
    std::array<std::uint64_t, kThreads> dropped{};
    {
        ContentWriter writer(64u << 10, Complaints::hear, &complaints);
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&, t] {
                const auto id = std::to_string(t);
                ContentFile file(writer, {scratch.file(id), ContentFormat::ndjson, 1u << 30}, id);
                for (int i = 0; i < kPieces; ++i) file.add(Direction::down, as_bytes(std::string(1000, 'x')));
                dropped[static_cast<std::size_t>(t)] = file.dropped();
            });
        }
        for (auto& thread : threads) thread.join();
    }
    for (std::size_t t = 0; t < kThreads; ++t) {
        const Rebuilt rebuilt(scratch.file(std::to_string(t)));
        CHECK(rebuilt.down.size() == 1000 * kPieces);
        CHECK(rebuilt.dropped == dropped[t]);
        CHECK(json_value(rebuilt.last, "dropped") == std::to_string(dropped[t]));
    }
}

TEST_CASE("content goes to regular files only, without waiting for anything else, and one fault is told once") {
    const Scratch scratch;
    Complaints complaints;
    ::mkfifo(scratch.file("fifo").c_str(), 0600);
    std::filesystem::create_symlink(scratch.file("elsewhere"), scratch.file("link"));
    ContentWriter writer(1u << 20, Complaints::hear, &complaints);
    for (const auto& path : {scratch.file("fifo"), std::string("/dev/null"), scratch.file("link")}) {
        ContentFile file(writer, {path, ContentFormat::ndjson}, "c1");
        file.add(Direction::up, as_bytes("secret"));
        writer.flush();
        CHECK(file.dropped() == 6);
    }
    writer.flush();
    REQUIRE(complaints.told.size() == 2);
    CHECK(complaints.told[0] == "content log " + scratch.file("fifo") +
                                    ": is not a regular file; decrypted content is written to nothing else");
    CHECK_THAT(complaints.told[1], Contains("symbolic link"));
    CHECK_FALSE(std::filesystem::exists(scratch.file("elsewhere")));
}

TEST_CASE("a file that others could read is closed to them first") {
    const Scratch scratch;
    const auto path = scratch.file("old");
    {
        const UniqueFd old(::open(path.c_str(), O_CREAT | O_WRONLY, 0644));
    }
    Complaints complaints;
    {
        ContentWriter writer(1u << 20, Complaints::hear, &complaints);
        ContentFile file(writer, {path, ContentFormat::text}, "c1");
        file.add(Direction::up, as_bytes("secret"));
    }
    CHECK(mode_of(path) == 0600);
    CHECK_THAT(contents(path), Contains("\n> secret\n"));
}

TEST_CASE("without a path, text of many connections reaches stderr piece by piece") {
    const Scratch scratch;
    Complaints complaints;
    CapturedStderr captured(scratch.file("stderr"));
    {
        ContentWriter writer(8u << 20, Complaints::hear, &complaints);
        ContentFile one(writer, {"", ContentFormat::text}, "c1"), two(writer, {"", ContentFormat::raw}, "c2");
        one.add(Direction::up, as_bytes("question\nof two lines"));
        two.add(Direction::down, as_bytes("answer"));
    }
    CHECK_THAT(captured.text(), Contains(" c=c1 up 21 octets\n> question\n> of two lines\n"));
    CHECK_THAT(captured.text(), Contains(" c=c2 down 6 octets\n< answer\n"));
    CHECK(complaints.told.empty());
}
