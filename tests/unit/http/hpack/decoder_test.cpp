#include "http/hpack/decoder.h"

#include "h2/wire.h"

#include <catch2/catch.hpp>

#include <optional>
#include <random>

using namespace bascule;
using namespace bascule::http::hpack;
using bascule::http::h2::testing::Encoder;
using List = bascule::http::h2::testing::Fields;

namespace {

constexpr Bounds kWide{.size = 1'000'000, .fields = 10'000};

/// The block's fields, or nothing: it is malformed.
std::optional<List> read(Decoder& decoder, std::string_view block) {
    Fields fields;
    if (decoder.decode(as_bytes(block), kWide, fields) != Outcome::read) return std::nullopt;
    List list;
    std::string_view rest = fields.text;
    for (const auto [name, value] : fields.lengths) {
        list.emplace_back(rest.substr(0, name), rest.substr(name, value));
        rest.remove_prefix(name + value);
    }
    return list;
}

/// The judge: what nghttp2 makes of the same.
class Other {
  public:
    Other() { nghttp2_hd_inflate_new(&inflater_); }
    ~Other() { nghttp2_hd_inflate_del(inflater_); }
    Other(const Other&) = delete;
    Other& operator=(const Other&) = delete;

    void limit_table(std::uint32_t octets) { nghttp2_hd_inflate_change_table_size(inflater_, octets); }
    std::optional<List> read(std::string_view block) {
        List list;
        while (true) {
            nghttp2_nv field;
            int said = 0;
            const auto used = nghttp2_hd_inflate_hd2(
                inflater_, &field, &said, reinterpret_cast<const std::uint8_t*>(block.data()), block.size(), 1);
            if (used < 0) return std::nullopt;
            block.remove_prefix(static_cast<std::size_t>(used));
            if ((said & NGHTTP2_HD_INFLATE_EMIT) != 0) {
                list.emplace_back(text(field.name, field.namelen), text(field.value, field.valuelen));
            } else if ((said & NGHTTP2_HD_INFLATE_FINAL) != 0) {
                nghttp2_hd_inflate_end_headers(inflater_);
                return list;
            }
        }
    }

  private:
    static std::string text(const std::uint8_t* octets, std::size_t size) {
        return {reinterpret_cast<const char*>(octets), size};
    }
    nghttp2_hd_inflater* inflater_ = nullptr;
};

class Dice {
  public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(engine_() % end); }
    std::string octets(std::uint32_t size) {
        std::string text;
        while (size-- > 0) text += static_cast<char>(below(256));
        return text;
    }
    /// Of few names, so that some are referred to, and of all octets.
    List fields() {
        const char* names[] = {":path", "cookie", "x-one", "x-two", "date", "accept", "x-much"};
        List list;
        for (auto left = below(12); left > 0; --left)
            list.emplace_back(names[below(7)], below(2) == 0 ? std::to_string(below(20)) : octets(below(300)));
        return list;
    }

  private:
    std::mt19937 engine_;
};

}  // namespace

TEST_CASE("what was compressed is read as it was, whatever the table forgets in between") {
    for (unsigned seed = 0; seed < 200; ++seed) {
        INFO("seed " << seed);
        Dice dice(seed);
        Encoder peer;
        Decoder decoder;
        for (int blocks = 0; blocks < 40; ++blocks) {
            if (dice.below(8) == 0) {
                const auto limit = dice.below(8192);
                peer.limit(limit);
                decoder.limit_table(limit);
            }
            const auto fields = dice.fields();
            REQUIRE(read(decoder, peer.block(fields)) == fields);
        }
    }
}

TEST_CASE("any octets are read as nghttp2 reads them, or by neither") {
    for (unsigned seed = 0; seed < 20'000; ++seed) {
        INFO("seed " << seed);
        Dice dice(seed);
        Encoder peer;
        Decoder decoder;
        Other other;
        for (int blocks = 0; blocks < 4; ++blocks) {
            auto block = dice.below(4) == 0 ? dice.octets(dice.below(40)) : peer.block(dice.fields());
            if (!block.empty() && dice.below(2) == 0)
                block[dice.below(static_cast<std::uint32_t>(block.size()))] ^= 1 << dice.below(8);
            const auto said = read(decoder, block);
            REQUIRE(said == other.read(block));
            if (!said) break;
        }
    }
}

TEST_CASE("the examples of the RFC") {  // RFC 7541 appendix C.4 and C.2.3
    Decoder decoder;
    const std::string_view first("\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff", 17);
    const List fields{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "www.example.com"}};
    CHECK(read(decoder, first) == fields);
    CHECK(read(decoder, "\x82\x86\x84\xbe") == fields);
    CHECK(read(decoder, "\x10\x08password\x06secret") == List{{"password", "secret"}});
    CHECK_FALSE(read(decoder, "\xbf"));  // never indexed: not in the table
}

TEST_CASE("a table that must shrink is agreed to by the next block") {
    const std::string to_zero = "\x20";
    Decoder silent;
    silent.limit_table(0);
    CHECK_FALSE(read(silent, "\x82"));
    Decoder agreed;
    agreed.limit_table(0);
    agreed.limit_table(4096);
    CHECK_FALSE(read(agreed, "\x3f\xe1\x1f\x82"));  // 4096, but never 0
    Decoder told;
    told.limit_table(0);
    told.limit_table(4096);
    CHECK(read(told, to_zero + "\x3f\xe1\x1f\x82") == List{{":method", "GET"}});
    CHECK_FALSE(read(told, "\x82" + to_zero));  // not at the beginning
    Decoder greedy;
    CHECK_FALSE(read(greedy, "\x3f\xe2\x1f"));  // 4097
}

TEST_CASE("a number that has no end, and a string that is not there, are malformed") {
    for (const std::string_view block : {"\xff\xff\xff\xff\xff\xff\xff", "\x7f",
                                         "\x40\x05"
                                         "abc",
                                         "\x40", "\x80", "\xff\x80\x80\x80\x80\x01"}) {
        Decoder decoder;
        CHECK_FALSE(read(decoder, block));
    }
}

TEST_CASE("a block that unpacks to more than the bounds is left where it does") {
    Encoder peer;
    Decoder decoder;
    Fields fields;
    const auto block = peer.block(List(100, {"x-long", std::string(1000, 'a')}));
    CHECK(decoder.decode(as_bytes(block), {.size = 5000, .fields = 1000}, fields) == Outcome::beyond_bounds);
    CHECK(fields.size() < 7000);
    Decoder fresh;
    fields = {};
    CHECK(fresh.decode(as_bytes(block), {.size = 1'000'000, .fields = 50}, fields) == Outcome::beyond_bounds);
    CHECK(fields.lengths.size() == 51);
}
