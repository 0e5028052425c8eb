#include "http/hpack/huffman.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace bascule::http::hpack {
namespace {

constexpr std::size_t kSymbols = 257;
constexpr std::size_t kEndOfString = 256;
constexpr unsigned kShortest = 5;
constexpr unsigned kLongest = 30;

// RFC 7541 appendix B: how many bits each octet has. The code is canonical, so that the rest follows.
constexpr std::array<std::uint8_t, kSymbols> kLengths{
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,  5,  5,  5,  6,  6,  6,  6,  6,  6,  6,
    7,  8,  15, 6,  12, 10, 13, 6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,
    7,  8,  7,  8,  13, 19, 13, 14, 6,  15, 5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,  6,  7,  6,  5,
    5,  6,  7,  7,  7,  7,  7,  15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24,
    24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22,
    23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26,
    27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23,
    22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
};

/// All codes of one length: numbers that follow each other, as the first bits of 32.
struct Codes {
    std::uint32_t first = 0;
    std::uint64_t end = 0;   ///< where longer ones begin
    std::size_t symbol = 0;  ///< of the first, among those that are sorted
};

struct Code {
    std::array<Codes, kLongest + 1> by_length{};
    std::array<std::uint16_t, kSymbols> symbols{};  ///< sorted by length, then by value
};

constexpr Code make_code() {
    Code code;
    std::size_t count = 0;
    std::uint64_t next = 0;
    for (unsigned length = kShortest; length <= kLongest; ++length) {
        auto& codes = code.by_length[length];
        codes.first = static_cast<std::uint32_t>(next);
        codes.symbol = count;
        for (std::size_t symbol = 0; symbol < kSymbols; ++symbol) {
            if (kLengths[symbol] == length) code.symbols[count++] = static_cast<std::uint16_t>(symbol);
        }
        codes.end = next += static_cast<std::uint64_t>(count - codes.symbol) << (32 - length);
    }
    return code;
}

constexpr Code kCode = make_code();

/// What has come and was not decoded.
class Bits {
  public:
    void add(std::uint8_t octet) {
        bits_ = bits_ << 8 | octet;
        count_ += 8;
    }
    /// Nothing that is whole: kSymbols.
    std::size_t take_symbol() {
        const auto ahead = static_cast<std::uint32_t>(count_ < 32 ? bits_ << (32 - count_) : bits_ >> (count_ - 32));
        unsigned length = kShortest;
        while (ahead >= kCode.by_length[length].end) ++length;
        if (length > count_) return kSymbols;
        count_ -= length;
        const auto& codes = kCode.by_length[length];
        return kCode.symbols[codes.symbol + ((ahead - codes.first) >> (32 - length))];
    }
    /// What is left is the beginning of the end of string, and no whole octet.
    bool are_padding() const {
        const auto mask = (std::uint64_t{1} << count_) - 1;
        return count_ < 8 && (bits_ & mask) == mask;
    }

  private:
    std::uint64_t bits_ = 0;
    unsigned count_ = 0;
};

}  // namespace

bool append_decoded(ByteView coded, std::string& text) {
    Bits bits;
    for (const auto octet : coded) {
        bits.add(octet);
        for (auto symbol = bits.take_symbol(); symbol != kSymbols; symbol = bits.take_symbol()) {
            if (symbol == kEndOfString) return false;
            text += static_cast<char>(symbol);
        }
    }
    return bits.are_padding();
}

}  // namespace bascule::http::hpack
