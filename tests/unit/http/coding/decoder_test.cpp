#include "http/coding/decoder.h"

#include "encoders.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace bascule;
using namespace bascule::http::coding;
using namespace bascule::test;

namespace {

constexpr std::size_t kPiece = 16_KiB;

/// A decoder and what came out of it.
class Undone {
  public:
    explicit Undone(std::string_view encoding, Bounds bounds = {}) : decoder(make_decoder(encoding, bounds)) {
        REQUIRE(decoder);
    }
    bool take(std::string_view octets) {
        return decoder->take(as_bytes(octets), [&](ByteView piece) {
            largest = std::max(largest, piece.size());
            text += as_text(piece);
        });
    }
    Undone all(std::string_view octets) && {
        good = take(octets);
        return std::move(*this);
    }
    Undone one_by_one(std::string_view octets) && {
        for (const char& octet : octets) good = take({&octet, 1});
        return std::move(*this);
    }
    std::string why() const { return std::string(decoder->why()); }

    std::unique_ptr<Decoder> decoder;
    std::string text;
    std::size_t largest = 0;
    bool good = true;
};

struct Sample {
    std::string encoding;
    std::string octets;
};

std::vector<Sample> samples_of(std::string_view text) {
    return {{"gzip", gzip(text)},
            {"x-gzip", gzip(text)},
            {"deflate", deflated(text, kZlib)},
            {"deflate", deflated(text, kRaw)},
            {"br", brotli(text)},
            {"zstd", zstd(text)},
            {"gzip, br", brotli(gzip(text))},
            {"zstd,deflate , x-gzip", gzip(deflated(zstd(text), kRaw))}};
}

}  // namespace

TEST_CASE("what each encoder makes is undone, whole and octet by octet") {
    for (const std::size_t size : {0, 1, 100, 5'000, 300'000}) {
        const auto text = prose(size);
        for (const auto& [encoding, octets] : samples_of(text)) {
            INFO(encoding << " of " << size);
            const auto whole = Undone(encoding).all(octets);
            CHECK((whole.good && whole.decoder->ended() && whole.text == text && whole.largest <= kPiece));
            const auto parts = Undone(encoding).one_by_one(octets);
            CHECK((parts.good && parts.decoder->ended() && parts.text == text));
        }
    }
}

TEST_CASE("content cut at any octet comes out the same, and is not whole before its end") {
    const auto text = prose(200);
    for (const auto& [encoding, octets] : samples_of(text)) {
        for (std::size_t cut = 1; cut < octets.size(); ++cut) {
            INFO(encoding << " cut at " << cut);
            Undone undone(encoding);
            CHECK(undone.take(octets.substr(0, cut)));
            CHECK_FALSE(undone.decoder->ended());
            CHECK(undone.take(octets.substr(cut)));
            CHECK((undone.decoder->ended() && undone.text == text));
        }
    }
}

TEST_CASE("identity passes what comes, and content that is not sent is whole") {
    for (const auto* encoding : {"", "identity", "Identity , ", ","}) {
        const auto undone = Undone(encoding).all("as it is");
        CHECK((undone.text == "as it is" && undone.decoder->ended()));
    }
    CHECK(Undone("gzip").decoder->ended());
    const auto text = prose(500);
    CHECK(Undone("identity, gzip").all(gzip(text)).text == text);
}

TEST_CASE("names of codings are read in any case and with white space; unknown ones are left alone") {
    for (const auto* encoding : {"GZip", " \tgzip ", "X-GZIP", "gzip,", ",gzip"}) {
        CHECK(Undone(encoding).all(gzip("text")).text == "text");
    }
    for (const auto* encoding : {"compress", "gzip, compress", "aes128gcm, br", "gzip;q=1", "gzi p", "dcz", "*"}) {
        INFO(encoding);
        CHECK_FALSE(make_decoder(encoding, {}));
    }
    CHECK(make_decoder("gzip, gzip, identity, br, zstd", {}));
    CHECK_FALSE(make_decoder("gzip, gzip, br, zstd, gzip", {}));
}

TEST_CASE("gzip members and zstd frames follow one another") {
    const auto text = prose(3'000);
    const auto members = gzip(text) + gzip("") + gzip("end");
    CHECK(Undone("gzip").all(members).text == text + "end");
    const auto parts = Undone("gzip").one_by_one(members);
    CHECK((parts.text == text + "end" && parts.decoder->ended()));
    CHECK_FALSE(Undone("gzip").all(gzip(text) + gzip(text).substr(0, 30)).decoder->ended());

    const std::string skippable("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
    const auto frames = zstd(text) + skippable + zstd("end") + zstd("");
    CHECK(Undone("zstd").all(frames).text == text + "end");
    const auto octets = Undone("zstd").one_by_one(frames);
    CHECK((octets.text == text + "end" && octets.decoder->ended()));
    CHECK_FALSE(Undone("zstd").all(zstd(text) + zstd(text).substr(0, 30)).decoder->ended());
}

TEST_CASE("what follows the end of a coding is ignored") {
    for (const auto& [encoding, octets] : samples_of("text")) {
        if (encoding.starts_with("zstd")) continue;
        INFO(encoding);
        const auto undone = Undone(encoding).all(octets + std::string(3, '\0')).one_by_one("\x1f\x8brest");
        CHECK((undone.good && undone.text == "text" && undone.decoder->ended()));
    }
}

TEST_CASE("content that is not what its coding says is told in a sentence, once and for all") {
    for (const auto* encoding : {"gzip", "deflate", "br", "zstd"}) {
        Undone undone(encoding);
        CHECK_FALSE(undone.take("\xff\xffnothing that any of them would write"));
        CHECK_FALSE(undone.take(gzip("text")));
        CHECK(undone.text.empty());
        CHECK_FALSE(undone.decoder->ended());
        CHECK_THAT(undone.why(), test::StartsWith("not valid " + std::string(encoding) + " (RFC"));
    }
    auto damaged = gzip(prose(100));
    damaged[damaged.size() - 6] ^= 1;
    CHECK_THAT(Undone("gzip").all(damaged).why(), test::Contains("incorrect data check"));
    CHECK_THAT(Undone("gzip, br").all(brotli("no gzip")).why(), test::StartsWith("not valid gzip"));
    CHECK_THAT(Undone("zstd").all(zstd("text") + "more").why(), test::StartsWith("not valid zstd"));
    CHECK_THAT(Undone("deflate").all("\x78\xbb\x11\x22\x33\x44").why(), test::Contains("dictionary"));
}

TEST_CASE("more than the bound is not decoded") {
    const auto text = prose(100'000);
    for (const auto& [encoding, octets] : samples_of(text)) {
        INFO(encoding);
        CHECK(Undone(encoding, {.decoded = 100'000, .ratio = 1000}).all(octets).good);
        const auto undone = Undone(encoding, {.decoded = 99'999, .ratio = 1000}).all(octets);
        CHECK_FALSE(undone.good);
        CHECK((undone.text.size() <= 99'999 && undone.text.size() > 99'999 - kPiece));
        CHECK_THAT(undone.why(), test::StartsWith("more than 99999 octets come out of "));
    }
}

TEST_CASE("a bomb is stopped by how much it grows") {
    const std::string zeros(20_MiB, '\0');
    for (const auto& [encoding, octets] : {Sample{"gzip", gzip(zeros)}, Sample{"deflate", deflated(zeros, kRaw)},
                                           Sample{"br", brotli(zeros)}, Sample{"zstd", zstd(zeros)}}) {
        INFO(encoding << ": " << octets.size());
        const auto undone = Undone(encoding, {.decoded = 64_MiB, .ratio = 500}).all(octets);
        CHECK_FALSE(undone.good);
        CHECK(undone.text.size() <= std::max<std::size_t>(1_MiB, 500 * octets.size()));
        CHECK_THAT(undone.why(), test::Contains("for each that went in"));
    }
    CHECK(Undone("gzip", {.decoded = 64_MiB, .ratio = 2000}).all(gzip(zeros)).text == zeros);
    CHECK(Undone("br").all(brotli(std::string(1_MiB, '\0'))).good);
    const auto twice = gzip(gzip(zeros));
    CHECK_FALSE(Undone("gzip, gzip", {.decoded = 64_MiB, .ratio = 500}).all(twice).good);
}

TEST_CASE("windows that are too large are refused") {
    const auto text = prose(100);
    CHECK(Undone("zstd").all(zstd(text, 23)).text == text);
    CHECK_THAT(Undone("zstd").all(zstd(text, 24)).why(), test::Contains("too much memory"));
    // WBITS that only "large window" brotli has, which is no content coding
    CHECK_THAT(Undone("br").all("\x11\x1a\x03").why(), test::StartsWith("not valid br"));
}
