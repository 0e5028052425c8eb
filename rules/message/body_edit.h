#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace bascule::rules {

/// What `replace_body` makes of a content: each pattern in turn, wherever it occurs.
class BodyEdit {
  public:
    /// `pattern` is a text, and `with` stands for it as it is; or `/regex/` (RE2, UTF-8), and `with` may refer to its
    /// groups, as \1. Returns what is wrong, for a person, or nothing.
    std::optional<std::string> add(std::string_view pattern, std::string_view with);
    /// The content is as it was, unless `changed`; `too_large`: more than `most` octets would come of it.
    enum class Outcome : std::uint8_t { unchanged, changed, too_large };
    Outcome apply(std::string& content, std::uint64_t most) const;
    bool empty() const { return steps_.empty(); }

  private:
    struct Step {
        std::shared_ptr<const re2::RE2> pattern;
        std::string with;  ///< as RE2 reads it
    };
    std::vector<Step> steps_;
};

}  // namespace bascule::rules
