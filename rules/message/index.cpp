#include "rules/message/index.h"

#include <algorithm>
#include <iterator>

namespace bascule::rules {
namespace {

void add_found(const PostingsByText& postings, std::string_view text, Hits& hits) {
    const auto found = postings.find(text);
    if (found != postings.end()) hits.add(found->second);
}

void settle(PostingsByText& postings, std::size_t rules) {
    for (auto& [text, posting] : postings) posting.settle(rules);
}

}  // namespace

bool RegexIndex::add(const std::string& regex, std::uint32_t rule) {
    const auto [known, is_new] = numbers_.try_emplace(regex, postings_.size());
    if (is_new) {
        if (patterns_.add(regex)) {
            numbers_.erase(known);
            return false;
        }
        postings_.emplace_back();
    }
    postings_[known->second].add(rule);
    return true;
}

void RegexIndex::seal(std::size_t rules) {
    patterns_.seal();  // where all together need too much memory, each is tried by itself
    numbers_.clear();
    for (auto& posting : postings_) posting.settle(rules);
}

void RegexIndex::add_matching(std::string_view text, Hits& hits) const {
    for (const auto number : patterns_.all_matching(text)) hits.add(postings_[static_cast<std::size_t>(number)]);
}

void PrefixIndex::seal(std::size_t rules) {
    std::vector<std::size_t> open;  // those that the one before begins with, and it itself
    for (auto& [prefix, posting] : added_) {
        while (!open.empty() && !prefix.starts_with(entries_[open.back()].prefix)) open.pop_back();
        posting.settle(rules);
        entries_.push_back({prefix, std::move(posting), open.empty() ? kNone : open.back()});
        open.push_back(entries_.size() - 1);
    }
    added_.clear();
}

void PrefixIndex::add_matching(std::string_view text, Hits& hits) const {
    const auto after = std::ranges::upper_bound(entries_, text, {},
                                                [](const Entry& entry) -> std::string_view { return entry.prefix; });
    auto at = after == entries_.begin() ? kNone : static_cast<std::size_t>(after - entries_.begin()) - 1;
    for (; at != kNone; at = entries_[at].within) {
        if (text.starts_with(entries_[at].prefix)) hits.add(entries_[at].rules);
    }
}

bool NameIndex::add(const NamePattern& pattern, std::uint32_t rule) {
    if (pattern.kind == NamePattern::Kind::regex) return regexes_.add(pattern.text, rule);
    auto& postings = pattern.kind == NamePattern::Kind::exact ? exact_ : suffixes_;
    postings[pattern.text].add(rule);
    return true;
}

void NameIndex::seal(std::size_t rules) {
    settle(exact_, rules);
    settle(suffixes_, rules);
    regexes_.seal(rules);
}

void NameIndex::add_matching(std::string_view name, Hits& hits) const {
    if (name.empty()) return;
    add_found(exact_, name, hits);
    if (!suffixes_.empty()) {
        for (auto dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
            add_found(suffixes_, name.substr(dot + 1), hits);
        }
    }
    regexes_.add_matching(name, hits);
}

bool TextIndex::add(const TextPattern& pattern, std::uint32_t rule) {
    switch (pattern.kind()) {
        case TextPattern::Kind::regex:
            return regexes_.add(pattern.text(), rule);
        case TextPattern::Kind::prefix:
            prefixes_.add(pattern.text(), rule);
            return true;
        case TextPattern::Kind::exact:
            exact_[pattern.text()].add(rule);
            return true;
    }
    std::unreachable();
}

void TextIndex::seal(std::size_t rules) {
    settle(exact_, rules);
    prefixes_.seal(rules);
    regexes_.seal(rules);
}

void TextIndex::add_matching(std::string_view text, Hits& hits) const {
    add_found(exact_, text, hits);
    prefixes_.add_matching(text, hits);
    regexes_.add_matching(text, hits);
}

}  // namespace bascule::rules
