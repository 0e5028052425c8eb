#pragma once

#include <re2/re2.h>
#include <re2/set.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bascule::rules {

/// Regular expressions (RE2, unanchored) tried all at once. Time is linear in the text, and memory is bounded whatever
/// the expressions are.
class Patterns {
  public:
    /// Of names: ASCII, whatever the case. Of other text: octets, and case counts.
    enum class Of : std::uint8_t { names, text };
    explicit Patterns(Of of = Of::names) : of_(of) {}

    /// `expression` without the slashes. Returns what is wrong, as the rest of a sentence that begins
    /// with it, or nothing.
    std::optional<std::string> add(std::string_view expression);
    /// After the last add(). Returns what is wrong, or nothing.
    std::optional<std::string> seal();
    /// The first of the expressions that matches.
    std::optional<std::string> matching(std::string_view name) const;
    /// All that match, by number in the order added, in no order.
    std::vector<int> all_matching(std::string_view text) const;
    std::size_t size() const { return single_.size(); }

  private:
    std::vector<int> matching_one_by_one(std::string_view text) const;

    Of of_;
    std::vector<std::unique_ptr<const RE2>> single_;
    std::unique_ptr<const RE2::Set> all_;
};

}  // namespace bascule::rules
