#include "frames.h"
#include "tests/support/catch.h"

#include <zlib.h>

#include <algorithm>
#include <iterator>

using namespace bascule;
using namespace bascule::http::websocket;
using namespace bascule::test;

namespace {

using namespace std::string_literals;

constexpr auto kAgreed = "permessage-deflate";
constexpr auto kForgetful = "permessage-deflate; client_no_context_takeover; server_no_context_takeover";

/// What a sender makes of its messages (RFC 7692 section 7.2.1).
class Sender {
  public:
    explicit Sender(bool takeover = true, int window_bits = 15) : takeover_(takeover) {
        deflateInit2(&stream_, 9, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY);
    }
    ~Sender() { deflateEnd(&stream_); }

    std::string message(std::string_view text) {
        if (text.empty()) return "\0"s;  // zlib flushes nothing where nothing is new
        if (!takeover_) deflateReset(&stream_);
        std::string out(text.size() + 1000, '\0');
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
        stream_.avail_in = static_cast<uInt>(text.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        deflate(&stream_, Z_SYNC_FLUSH);
        out.resize(out.size() - stream_.avail_out);
        REQUIRE(out.ends_with("\0\0\xff\xff"s));
        return out.substr(0, out.size() - 4);
    }

  private:
    z_stream stream_{};
    bool takeover_;
};

/// One compressed message in frames of at most `most` octets.
std::string frames(bool up, std::string_view payload, std::size_t most = 1_MiB) {
    std::string out;
    int first = kRsv1 | 1;
    while (payload.size() > most) {
        out += frame(up, std::exchange(first, 0), payload.substr(0, most));
        payload.remove_prefix(most);
    }
    return out + frame(up, kFin | first, payload);
}

std::string words(std::size_t size) {
    std::string text;
    std::uint32_t state = 1;
    while (text.size() < size) {
        state = state * 1664525 + 1013904223;
        text += std::to_string(state >> 22) + " ";
    }
    return text;
}

Lines lines_of(bool up, std::string_view text, std::size_t on_wire) {
    const auto* side = up ? ">" : "<";
    Lines lines{fmt::format("{} text", side)};
    if (!text.empty()) lines.push_back(fmt::format("{} = {}", side, text));
    lines.push_back(fmt::format("{} end {} {}", side, on_wire, text.size()));
    return lines;
}

}  // namespace

TEST_CASE("the examples of RFC 7692 section 7.2.3") {
    const Lines seven{"< text", "< = Hello", "< end 7 5"};
    CHECK(told(false, "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"s, kAgreed) == seven);
    CHECK(told(false, "\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00"s, kAgreed) == seven);
    // the second message refers to the first
    const auto both = told(false, "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00"s, kAgreed);
    CHECK(both == Lines{"< text", "< = Hello", "< end 7 5", "< text", "< = Hello", "< end 5 5"});
    // a stored block
    CHECK(told(false, "\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s, kAgreed) ==
          Lines{"< text", "< = Hello", "< end 11 5"});
    // a final block
    CHECK(told(false, "\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s, kAgreed) ==
          Lines{"< text", "< = Hello", "< end 8 5"});
    // two blocks
    CHECK(told(false, "\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s, kAgreed) ==
          Lines{"< text", "< = Hello", "< end 13 5"});
    // an empty message
    CHECK(told(false, "\xc1\x01\x00"s, kAgreed) == Lines{"< text", "< end 1 0"});
}

TEST_CASE("messages are decompressed in each direction and in both modes of takeover") {
    for (const bool takeover : {true, false}) {
        for (const bool up : {true, false}) {
            Sender sender(takeover);
            Feed feed(takeover ? kAgreed : kForgetful);
            Lines expected;
            for (const auto& text : {"Hello"s, "Hello again, Hello"s, words(200'000), ""s, words(200'000), "end"s}) {
                const auto payload = sender.message(text);
                feed.take(up, frames(up, payload, 60'000));
                std::ranges::move(lines_of(up, text, payload.size()), std::back_inserter(expected));
            }
            CHECK(feed.story.lines == expected);
            CHECK(feed.story.largest <= 16_KiB);
        }
    }
}

TEST_CASE("compressed messages are walked in any split") {
    Sender sender;
    const auto first = sender.message(words(100)), second = sender.message(words(100) + "and more");
    const auto octets = frames(true, first, 20) + up(kFin | 9, "") + up(kFin | 1, "plain") + frames(true, second);
    const auto whole = told(true, octets, kAgreed);
    CHECK(whole.size() == 10);
    for (std::size_t cut = 1; cut < octets.size(); ++cut) {
        Feed feed(kAgreed);
        CHECK(feed.take(true, octets.substr(0, cut)).take(true, octets.substr(cut)).story.lines == whole);
    }
    Feed feed(kAgreed);
    CHECK(feed.one_by_one(true, octets).story.lines == whole);
}

TEST_CASE("the window that was agreed is enough") {
    for (int bits = 9; bits <= 15; ++bits) {
        Sender sender(true, bits);
        Feed feed(fmt::format("permessage-deflate; client_max_window_bits={}", bits));
        for (int i = 0; i < 3; ++i) feed.take(true, frames(true, sender.message(words(50'000))));
        CHECK(feed.story.lines.size() == 9);
        CHECK(feed.story.lines[7] == "> = " + words(50'000));
    }
}

TEST_CASE("final blocks do not end what messages refer back to") {
    // "Hello" in a final block, with and without the empty block that should follow it, and then a reference to it
    for (const auto& first : {"\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s, "\xc1\x07\xf3\x48\xcd\xc9\xc9\x07\x00"s}) {
        const auto lines = told(false, first + "\xc1\x05\xf2\x00\x11\x00\x00"s, kAgreed);
        CHECK(lines.at(1) == "< = Hello");
        CHECK(lines.at(4) == "< = Hello");
    }
}

TEST_CASE("only the first frame of a message is marked as compressed") {
    CHECK(told(true, up(kRsv1 | 1, "\xf2\x48") + up(kFin | kRsv1, "\xcd"), kAgreed).back() ==
          "> fault: a continuation is marked as compressed (RFC 7692 section 6)");
    CHECK(told(true, up(kFin | kRsv1 | 9, ""), kAgreed).back() ==
          "> fault: a control frame is marked as compressed (RFC 7692 section 6)");
}

TEST_CASE("a compressed payload that cannot be read is told once; its frames are followed further") {
    Feed feed(kAgreed);
    feed.take(true, up(kFin | kRsv1 | 1, "\xff\xff\xff")).take(true, up(kFin | kRsv1 | 1, "\xff\xff"));
    feed.take(true, up(kFin | 1, "plain")).take(false, frames(false, Sender().message("other way")));
    const Lines expected{
        "> text",    "> unreadable: not valid permessage-deflate (RFC 7692 section 7.2): invalid block type",
        "> end 3 ?", "> text",
        "> end 2 ?", "> text",
        "> = plain", "> end 5 5",
        "< text",    "< = other way",
        "< end 11 9"};
    CHECK(feed.story.lines == expected);
    CHECK((!feed.watched.stopped() && feed.watched.totals(true).messages == 3));
}

TEST_CASE("a message that ends within a block is not readable") {
    const auto payload = Sender().message(words(100));
    for (std::size_t cut = 1; cut < payload.size(); ++cut) {
        INFO(cut);
        const auto lines = told(true, up(kFin | kRsv1 | 1, payload.substr(0, cut)), kAgreed);
        CHECK_THAT(lines.at(lines.size() - 2), test::Contains("unreadable"));
    }
}

TEST_CASE("a message of no octet at all does not disturb those after it") {
    Sender sender;
    const auto before = sender.message("before"), after = sender.message("before and after");
    const auto lines = told(true, frames(true, before) + frames(true, "") + frames(true, after), kAgreed);
    CHECK(lines.size() == 8);
    CHECK(lines.back() == fmt::format("> end {} 16", after.size()));
}

TEST_CASE("without takeover a message cannot refer to one before it") {
    const auto octets = "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00"s;
    CHECK_THAT(told(false, octets, kForgetful).at(4), test::Contains("unreadable"));
}

TEST_CASE("a message that grows beyond the bounds is not read further") {
    const std::string zeros(8_MiB, '\0');
    for (const auto& bounds : {http::coding::Bounds{.decoded = 2_MiB, .ratio = 5000},
                               http::coding::Bounds{.decoded = 64_MiB, .ratio = 500}}) {
        Feed feed(kAgreed, true, bounds);
        feed.take(true, frames(true, Sender().message(zeros)));
        CHECK(feed.story.lines.size() == 4);
        CHECK(feed.story.lines[1].size() <= 4_MiB);
        CHECK_THAT(feed.story.lines[2], test::Contains("unreadable: more than "));
    }
    // each message has bounds of its own
    Sender sender;
    Feed feed(kAgreed, true, {.decoded = 100'000, .ratio = 1000});
    for (int i = 0; i < 5; ++i) feed.take(true, frames(true, sender.message(words(90'000))));
    CHECK(feed.story.lines.size() == 15);
}
