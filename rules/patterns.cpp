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

RE2::Options options(Patterns::Of of, std::int64_t memory) {
    RE2::Options options(RE2::Latin1);  // octets: no UTF-8 automata
    options.set_case_sensitive(of == Patterns::Of::text);
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
    if (expression.empty()) return of_ == Of::names ? "would match every name" : "would match everything";
    if (expression.size() > kLongestExpression) {
        return fmt::format("has more than {} characters", kLongestExpression);
    }
    const auto is_foreign = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    if (of_ == Of::names && std::ranges::any_of(expression, is_foreign)) {
        return "is not ASCII; names are matched in their xn-- form";
    }
    if (single_.size() == kMostExpressions) {
        return fmt::format("is one regular expression too many, after {}; write *.suffix", kMostExpressions);
    }
    auto compiled = std::make_unique<RE2>(piece(expression), options(of_, kMemoryOfOne));
    if (!compiled->ok()) return fmt::format("is not a regular expression: {}", escape(compiled->error()));
    single_.push_back(std::move(compiled));
    return std::nullopt;
}

std::optional<std::string> Patterns::seal() {
    if (single_.empty()) return std::nullopt;
    auto all = std::make_unique<RE2::Set>(options(of_, kMemoryOfAll), RE2::UNANCHORED);
    for (const auto& one : single_) all->Add(one->pattern(), nullptr);
    if (!all->Compile()) return "the regular expressions together need too much memory; use fewer or simpler ones";
    all_ = std::move(all);
    return std::nullopt;
}

std::optional<std::string> Patterns::matching(std::string_view name) const {
    const auto found = all_matching(name);
    if (found.empty()) return std::nullopt;
    return single_[static_cast<std::size_t>(std::ranges::min(found))]->pattern();
}

std::vector<int> Patterns::all_matching(std::string_view text) const {
    std::vector<int> found;
    if (single_.empty()) return found;
    RE2::Set::ErrorInfo fault{};
    if (all_ && (all_->Match(piece(text), &found, &fault) || fault.kind == RE2::Set::kNoError)) return found;
    // A set has no automaton to fall back on when its memory is used up; each expression alone has.
    return matching_one_by_one(text);
}

std::vector<int> Patterns::matching_one_by_one(std::string_view text) const {
    std::vector<int> found;
    for (std::size_t i = 0; i < single_.size(); ++i) {
        if (RE2::PartialMatch(piece(text), *single_[i])) found.push_back(static_cast<int>(i));
    }
    return found;
}

}  // namespace bascule::rules
