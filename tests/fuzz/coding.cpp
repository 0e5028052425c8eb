// links: bascule_http
#include "http/coding/decoder.h"

#include <array>
#include <cstdlib>
#include <string>

using namespace bascule;
using namespace bascule::http::coding;

namespace {

constexpr std::size_t kPiece = 16_KiB;
constexpr Bounds kBounds{.decoded = 1_MiB, .ratio = 100};
constexpr std::array<const char*, 7> kEncodings{"gzip",       "deflate",       "br",      "zstd",
                                                "gzip, zstd", "deflate, gzip", "identity"};

void check(bool holds) {
    if (!holds) std::abort();
}

struct Outcome {
    std::string text;
    bool good = true;
    bool ended = false;
    std::string why;
};

/// Decodes in steps of `step` octets.
Outcome decode(const char* encoding, ByteView octets, std::size_t step) {
    const auto decoder = make_decoder(encoding, kBounds);
    Outcome outcome;
    while (!octets.empty()) {
        const auto part = octets.first(std::min(step, octets.size()));
        outcome.good = decoder->take(part, [&](ByteView piece) {
            check(!piece.empty() && (piece.size() <= kPiece || std::string_view(encoding) == "identity"));
            outcome.text += as_text(piece);
        });
        octets = octets.subspan(part.size());
    }
    outcome.ended = decoder->ended();
    outcome.why = decoder->why();
    return outcome;
}

/// Whole, and in parts: the same comes out, as far as it is good.
void check_splits(const char* encoding, ByteView octets, std::size_t step) {
    const auto whole = decode(encoding, octets, octets.size());
    const auto parts = decode(encoding, octets, step);
    check(whole.good == parts.good && whole.good == whole.why.empty() && whole.ended == parts.ended);
    if (whole.good) check(whole.text == parts.text);
    check(whole.good || !whole.ended);
    check(octets.size() > kBounds.decoded || whole.text.size() <= kBounds.decoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const ByteView bytes(data, size);
    make_decoder(as_text(bytes), kBounds);
    check_splits(kEncodings[data[0] % kEncodings.size()], bytes.subspan(2), 1 + data[1] % 32U);
    return 0;
}
