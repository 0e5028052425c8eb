#pragma once

#include "base/bytes.h"

#include <optional>
#include <string_view>

namespace bascule::http {

// What browsers and Squid send passes: Kerberos tickets and cookies make single fields of tens of KiB.
inline constexpr std::size_t kLargestHead = 128_KiB;
inline constexpr std::size_t kLongestRequestLine = 8_KiB;
inline constexpr std::size_t kLongestFieldLine = 65_KiB;  ///< a value of 64 KiB with its name
inline constexpr std::size_t kMostFields = 200;

enum class HeadOf : std::uint8_t { request, answer };

/// Finds the empty line that ends a head while it comes in. Looks at line ends and at the first line, each octet once.
class HeadEnd {
  public:
    explicit HeadEnd(HeadOf of) : of_(of) {}
    /// `text` is the head so far, the same octets as before and what has followed. Octets up to and with the empty
    /// line, or nothing while it is not there. Throws BadHead as early as the line that is wrong.
    std::optional<std::size_t> find(std::string_view text);
    void restart() { *this = HeadEnd(of_); }

  private:
    void check_length(std::string_view line) const;
    void check_start(std::string_view line) const;

    HeadOf of_;
    std::size_t line_start_ = 0;
    std::size_t looked_at_ = 0;  ///< no line ends before it
    std::size_t lines_ = 0;      ///< that have ended
};

}  // namespace bascule::http
