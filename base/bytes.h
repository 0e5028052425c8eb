#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bascule {

/// Raw octets. Views never own; a function that keeps bytes takes or makes `Bytes`.
using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

constexpr std::size_t operator""_KiB(unsigned long long n) {
    return n << 10;
}
constexpr std::size_t operator""_MiB(unsigned long long n) {
    return n << 20;
}

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

/// Lower-case hexadecimal, two digits an octet, no separators.
std::string to_hex(ByteView bytes);

/// Reads big-endian integers and sub-spans from the front of a view. Every read either succeeds and advances,
/// or returns nothing and leaves the cursor where it was: "not enough bytes" is an outcome, not an error.
class Cursor {
  public:
    explicit Cursor(ByteView bytes) : rest_(bytes) {}

    ByteView rest() const { return rest_; }
    std::size_t size() const { return rest_.size(); }
    bool empty() const { return rest_.empty(); }

    std::optional<std::uint8_t> u8() { return number<std::uint8_t>(1); }
    std::optional<std::uint16_t> u16() { return number<std::uint16_t>(2); }
    std::optional<std::uint32_t> u24() { return number<std::uint32_t>(3); }
    std::optional<std::uint32_t> u32() { return number<std::uint32_t>(4); }

    std::optional<ByteView> take(std::size_t count) {
        if (rest_.size() < count) return std::nullopt;
        auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }

    /// A vector as TLS writes it (RFC 8446 section 3.4): a length of `length_octets` octets, then that many octets.
    std::optional<ByteView> vector(std::size_t length_octets) {
        auto start = rest_;
        auto length = number<std::uint32_t>(length_octets);
        if (length) {
            if (auto body = take(*length)) return body;
        }
        rest_ = start;
        return std::nullopt;
    }

  private:
    template <class Number>
    std::optional<Number> number(std::size_t octets) {
        if (rest_.size() < octets) return std::nullopt;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < octets; ++i) value = value << 8 | rest_[i];
        rest_ = rest_.subspan(octets);
        return static_cast<Number>(value);
    }

    ByteView rest_;
};

}  // namespace bascule
