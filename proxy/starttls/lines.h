#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bascule::proxy {

/// Cuts what one side says into lines, as it comes. Of a line longer than kLongestLine only the first octets are kept,
/// and its last ones, where a literal is announced.
class Lines {
  public:
    static constexpr std::size_t kLongestLine = 1024;

    /// Takes octets up to the end of a line at most; how many.
    std::size_t take(ByteView octets);
    /// The line that the last take() completed, without its LF or CRLF; valid until the next take().
    std::optional<std::string_view> line() const;
    /// The next octets are not lines: a literal, a chunk.
    void skip(std::uint64_t octets) { skip_ = octets; }

    struct Literal {
        std::uint64_t octets = 0;
        bool waits = true;  ///< for the other side's leave; not so {5+} (RFC 7888)
    };
    /// What the end of the completed line announces: `{5}` or `{5+}`.
    std::optional<Literal> literal() const;

  private:
    void keep(std::string_view piece);

    std::string head_;
    std::string tail_;  ///< the last octets of a line that is longer than head_ may be
    std::uint64_t skip_ = 0;
    bool complete_ = false;
};

/// The first word of a line, spaces before it left out.
std::string_view first_word(std::string_view line);
/// What follows the first word, spaces before and after it left out.
std::string_view rest_of(std::string_view line);

}  // namespace bascule::proxy
