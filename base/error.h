#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace bascule {

/// A failure, told so that a person can act on it: what, where, why. Outcomes that occur in healthy traffic (end of
/// stream, a deadline, a refusal by rule) are values and never this.
class Error : public std::runtime_error {
  public:
    explicit Error(const std::string& text) : std::runtime_error(text) {}

    template <class... Args>
    explicit Error(fmt::format_string<Args...> format, Args&&... args)
        : std::runtime_error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// The text of an errno value, thread-safe ("Connection refused").
inline std::string errno_text(int code) {
    return std::generic_category().message(code);
}

}  // namespace bascule
