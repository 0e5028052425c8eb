#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bascule::rules {

/// Some of the rules, by number. All sets that meet have the same `count`.
class Bits {
  public:
    explicit Bits(std::size_t count = 0) : words_((count + kWord - 1) / kWord) {}

    void add(std::size_t index) { words_[index / kWord] |= std::uint64_t{1} << index % kWord; }
    bool has(std::size_t index) const { return (words_[index / kWord] >> index % kWord & 1) != 0; }
    std::size_t words() const { return words_.size(); }

    Bits& operator&=(const Bits& other) {
        combine(other, [](std::uint64_t& mine, std::uint64_t its) { mine &= its; });
        return *this;
    }
    Bits& operator|=(const Bits& other) {
        combine(other, [](std::uint64_t& mine, std::uint64_t its) { mine |= its; });
        return *this;
    }
    bool any() const {
        return std::ranges::any_of(words_, [](auto word) { return word != 0; });
    }
    /// Tells each in order, while `go_on` says so.
    void each(auto&& go_on) const {
        for (std::size_t i = 0; i < words_.size(); ++i) {
            for (auto left = words_[i]; left != 0; left &= left - 1) {
                if (!go_on(i * kWord + static_cast<std::size_t>(std::countr_zero(left)))) return;
            }
        }
    }

  private:
    static constexpr std::size_t kWord = 64;

    /// By pointers: a vector's checks would keep the compiler from taking several words at a time.
    void combine(const Bits& other, auto&& word_by_word) {
        auto* mine = words_.data();
        const auto* its = other.words_.data();
        for (const auto* end = mine + words_.size(); mine != end; ++mine, ++its) word_by_word(*mine, *its);
    }

    std::vector<std::uint64_t> words_;
};

class Hits;

/// The rules that one pattern is in: few by number, many as bits, so that adding them costs no more than a pass over
/// all the bits, and they take no more room than their numbers would.
class Posting {
  public:
    void add(std::uint32_t rule) { few_.push_back(rule); }
    void settle(std::size_t count) {
        if (few_.size() <= Bits(count).words()) return;
        many_ = Bits(count);
        for (const auto rule : few_) many_.add(rule);
        std::vector<std::uint32_t>().swap(few_);
    }
    void add_to(Bits& rules) const {
        for (const auto rule : few_) rules.add(rule);
        if (many_.words() > 0) rules |= many_;
    }

  private:
    friend class Hits;
    std::vector<std::uint32_t> few_;
    Bits many_;
};

/// What one look-up found. A set of all rules is only made where a pattern with many of them is met: with thousands of
/// rules that is the dearest part of it.
class Hits {
  public:
    void add(std::uint32_t rule) { few_.push_back(rule); }
    void add(const Posting& posting) {
        few_.insert(few_.end(), posting.few_.begin(), posting.few_.end());
        if (posting.many_.words() == 0) return;
        if (many_.words() == 0) {
            many_ = posting.many_;
        } else {
            many_ |= posting.many_;
        }
    }
    /// Leaves those of the rules that are among these or `others`.
    void narrow(Bits& rules, const Bits& others) {
        std::erase_if(few_, [&](auto rule) { return !rules.has(rule); });
        if (many_.words() > 0) many_ &= rules;
        rules &= others;
        for (const auto rule : few_) rules.add(rule);
        if (many_.words() > 0) rules |= many_;
    }

  private:
    std::vector<std::uint32_t> few_;
    Bits many_;
};

}  // namespace bascule::rules
