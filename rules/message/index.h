#pragma once

#include "base/function_ref.h"
#include "rules/message/bits.h"
#include "rules/message/text_pattern.h"
#include "rules/name_set.h"
#include "rules/patterns.h"

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// From a text to the rules that ask for it, at a cost that does not grow with them.
namespace bascule::rules {

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using PostingsByText = std::unordered_map<std::string, Posting, TextHash, std::equal_to<>>;

/// Regular expressions, each once.
class RegexIndex {
  public:
    explicit RegexIndex(Patterns::Of of) : patterns_(of) {}
    /// False where there is no room for one more.
    bool add(const std::string& regex, std::uint32_t rule);
    void seal(std::size_t rules);
    void add_matching(std::string_view text, Hits& hits) const;

  private:
    Patterns patterns_;
    std::unordered_map<std::string, std::size_t> numbers_;
    std::vector<Posting> postings_;
};

/// Beginnings in order, each with the longest other one that it begins with: those that a text begins with are a chain.
class PrefixIndex {
  public:
    void add(const std::string& prefix, std::uint32_t rule) { added_[prefix].add(rule); }
    void seal(std::size_t rules);
    void add_matching(std::string_view text, Hits& hits) const;

  private:
    static constexpr std::size_t kNone = SIZE_MAX;
    struct Entry {
        std::string prefix;
        Posting rules;
        std::size_t within;
    };
    std::map<std::string, Posting> added_;
    std::vector<Entry> entries_;
};

/// add(), then seal(), then asked.
class NameIndex {
  public:
    using Pattern = NamePattern;
    bool add(const NamePattern& pattern, std::uint32_t rule);
    void seal(std::size_t rules);
    void add_matching(std::string_view name, Hits& hits) const;

  private:
    PostingsByText exact_, suffixes_;
    RegexIndex regexes_{Patterns::Of::names};
};

class TextIndex {
  public:
    using Pattern = TextPattern;
    bool add(const TextPattern& pattern, std::uint32_t rule);
    void seal(std::size_t rules);
    void add_matching(std::string_view text, Hits& hits) const;

  private:
    PostingsByText exact_;
    PrefixIndex prefixes_;
    RegexIndex regexes_{Patterns::Of::text};
};

/// One key of the rules: leaves, of some rules, those that do not have it, and those that ask for what is there.
template <class Index>
class Dimension {
  public:
    explicit Dimension(std::size_t rules) : without_(rules), count_(rules) {}

    /// `patterns` are all that the rule asks for, unless it is to be asked `singly`.
    void add(std::uint32_t rule, const std::vector<typename Index::Pattern>& patterns, bool singly) {
        asked_ = true;
        for (const auto& pattern : patterns) singly |= !index_.add(pattern, rule);
        if (singly) singly_.push_back(rule);
    }
    void add_without(std::uint32_t rule) { without_.add(rule); }
    void seal() { index_.seal(count_); }

    void narrow(Bits& rules, std::string_view text, FunctionRef<bool(std::uint32_t rule)> holds) const {
        if (!asked_) return;
        Hits hits;
        index_.add_matching(text, hits);
        for (const auto rule : singly_) {
            if (rules.has(rule) && holds(rule)) hits.add(rule);
        }
        hits.narrow(rules, without_);
    }

  private:
    bool asked_ = false;
    Bits without_;
    Index index_;
    std::vector<std::uint32_t> singly_;
    std::size_t count_;
};

}  // namespace bascule::rules
