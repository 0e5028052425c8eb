#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace bascule::rules {

/// A value of text as a rule has it: as it is, a beginning (`/api/*`; `*` alone is any text), or a regular expression
/// between slashes (RE2, unanchored).
class TextPattern {
  public:
    enum class Kind : std::uint8_t { exact, prefix, regex };
    enum class Case : std::uint8_t { counts, ignored };

    /// Else what is wrong with it, for a person.
    static std::expected<TextPattern, std::string> parse(std::string_view written, Case letters = Case::counts);

    /// `text` is in lower case where case is ignored.
    bool matches(std::string_view text) const;
    /// Whether all that `other` matches is known to match this one.
    bool covers(const TextPattern& other) const;
    Kind kind() const { return kind_; }
    /// Without what says which kind it is.
    const std::string& text() const { return text_; }
    std::string written() const;

  private:
    Kind kind_ = Kind::exact;
    std::string text_;
    std::shared_ptr<const re2::RE2> regex_;
};

/// Alternatives.
using Texts = std::vector<TextPattern>;
bool any_matches(const Texts& patterns, std::string_view text);
bool all_covered(const Texts& wide, const Texts& narrow);  ///< an empty `wide` asks nothing

}  // namespace bascule::rules
