#include "rules/patterns.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace bascule::rules {
namespace {

constexpr std::size_t kMostExpressions = 10'000;
constexpr std::size_t kLongestExpression = 1'000;
constexpr std::int64_t kMemoryOfOne = 1 << 20;
constexpr std::int64_t kMemoryOfAll = 64 << 20;

RE2::Options options(std::int64_t memory) {
    RE2::Options options(RE2::Latin1);  // names are ASCII: no UTF-8 automata
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(memory);
    return options;
}

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

std::optional<std::string> Patterns::add(std::string_view expression) {
    if (expression.empty()) return "would match every name";
    if (expression.size() > kLongestExpression) {
        return fmt::format("has more than {} characters", kLongestExpression);
    }
    if (std::ranges::any_of(expression, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
        return "is not ASCII; names are matched in their xn-- form";
    }
    if (single_.size() == kMostExpressions) {
        return fmt::format("is one regular expression too many, after {}; write *.suffix", kMostExpressions);
    }
    auto compiled = std::make_unique<RE2>(piece(expression), options(kMemoryOfOne));
    if (!compiled->ok()) return fmt::format("is not a regular expression: {}", escape(compiled->error()));
    single_.push_back(std::move(compiled));
    return std::nullopt;
}

std::optional<std::string> Patterns::seal() {
    if (single_.empty()) return std::nullopt;
    auto all = std::make_unique<RE2::Set>(options(kMemoryOfAll), RE2::UNANCHORED);
    for (const auto& one : single_) all->Add(one->pattern(), nullptr);
    if (!all->Compile()) return "the regular expressions together need too much memory; use fewer or simpler ones";
    all_ = std::move(all);
    return std::nullopt;
}

std::optional<std::string> Patterns::matching(std::string_view name) const {
    if (single_.empty()) return std::nullopt;
    if (!all_) return matching_one_by_one(name);
    std::vector<int> found;
    RE2::Set::ErrorInfo fault{};
    if (all_->Match(piece(name), &found, &fault)) {
        return single_[static_cast<std::size_t>(std::ranges::min(found))]->pattern();
    }
    // A set has no automaton to fall back on when its memory is used up; each expression alone has.
    return fault.kind == RE2::Set::kNoError ? std::nullopt : matching_one_by_one(name);
}

std::optional<std::string> Patterns::matching_one_by_one(std::string_view name) const {
    for (const auto& one : single_) {
        if (RE2::PartialMatch(piece(name), *one)) return one->pattern();
    }
    return std::nullopt;
}

}  // namespace bascule::rules
