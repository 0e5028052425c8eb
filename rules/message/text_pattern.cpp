#include "rules/message/text_pattern.h"

#include "base/text.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace bascule::rules {
namespace {

constexpr std::size_t kLongestRegex = 1'000;
constexpr std::int64_t kMemoryOfRegex = 1 << 20;

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

std::expected<std::shared_ptr<const RE2>, std::string> compile(std::string_view regex, TextPattern::Case letters) {
    if (regex.empty()) return std::unexpected("\"//\" would match everything; write \"*\"");
    if (regex.size() > kLongestRegex) {
        return std::unexpected(fmt::format("has more than {} characters", kLongestRegex));
    }
    RE2::Options options(RE2::Latin1);  // octets, whatever they mean
    options.set_case_sensitive(letters == TextPattern::Case::counts);
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(kMemoryOfRegex);
    auto compiled = std::make_shared<const RE2>(piece(regex), options);
    if (compiled->ok()) return compiled;
    return std::unexpected(
        fmt::format("\"/{}/\" is not a regular expression: {}", escape(regex), escape(compiled->error())));
}

}  // namespace

std::expected<TextPattern, std::string> TextPattern::parse(std::string_view written, Case letters) {
    TextPattern pattern;
    if (written.size() >= 2 && written.starts_with('/') && written.ends_with('/')) {
        auto regex = compile(written.substr(1, written.size() - 2), letters);
        if (!regex) return std::unexpected(std::move(regex.error()));
        pattern.kind_ = Kind::regex;
        pattern.text_ = (*regex)->pattern();
        pattern.regex_ = *std::move(regex);
        return pattern;
    }
    if (written.ends_with('*')) pattern.kind_ = Kind::prefix;
    const auto text = written.substr(0, written.size() - (pattern.kind_ == Kind::prefix ? 1 : 0));
    if (text.contains('*')) {
        return std::unexpected(
            fmt::format("\"{}\": a * stands at the end, for any ending; write a regular expression, "
                        "/.../, for more than that",
                        escape(written)));
    }
    pattern.text_ = letters == Case::ignored ? to_lower(text) : std::string(text);
    return pattern;
}

bool TextPattern::matches(std::string_view text) const {
    switch (kind_) {
        case Kind::exact:
            return text == text_;
        case Kind::prefix:
            return text.starts_with(text_);
        case Kind::regex:
            return RE2::PartialMatch(piece(text), *regex_);
    }
    std::unreachable();
}

bool TextPattern::covers(const TextPattern& other) const {
    switch (other.kind_) {
        case Kind::exact:
            return matches(other.text_);
        case Kind::prefix:
            return kind_ == Kind::prefix && other.text_.starts_with(text_);
        case Kind::regex:
            return (kind_ == Kind::regex && text_ == other.text_) || (kind_ == Kind::prefix && text_.empty());
    }
    std::unreachable();
}

std::string TextPattern::written() const {
    switch (kind_) {
        case Kind::exact:
            return text_;
        case Kind::prefix:
            return text_ + "*";
        case Kind::regex:
            return "/" + text_ + "/";
    }
    std::unreachable();
}

bool any_matches(const Texts& patterns, std::string_view text) {
    return std::ranges::any_of(patterns, [&](const auto& pattern) { return pattern.matches(text); });
}

bool all_covered(const Texts& wide, const Texts& narrow) {
    if (wide.empty()) return true;
    return !narrow.empty() && std::ranges::all_of(narrow, [&](const auto& one) {
        return std::ranges::any_of(wide, [&](const auto& other) { return other.covers(one); });
    });
}

}  // namespace bascule::rules
