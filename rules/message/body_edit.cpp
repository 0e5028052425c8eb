#include "rules/message/body_edit.h"

#include "base/text.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace bascule::rules {
namespace {

constexpr std::int64_t kMemoryOfRegex = 1 << 20;

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

/// For RE2, to which a backslash begins a reference.
std::string literal(std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '\\' ? std::string("\\\\") : std::string(1, c);
    return out;
}

}  // namespace

std::optional<std::string> BodyEdit::add(std::string_view pattern, std::string_view with) {
    const bool is_regex = pattern.size() >= 2 && pattern.starts_with('/') && pattern.ends_with('/');
    const auto source = is_regex ? std::string(pattern.substr(1, pattern.size() - 2)) : RE2::QuoteMeta(piece(pattern));
    if (source.empty()) return "is empty; write what is to be replaced";
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMemoryOfRegex);
    const auto regex = std::make_shared<const RE2>(source, options);
    if (!regex->ok()) {
        return fmt::format("\"{}\" is not a regular expression: {}", escape(pattern), escape(regex->error()));
    }
    if (RE2::PartialMatch("", *regex))
        return fmt::format(
            "\"{}\" matches nothing at all, too, and would be found "
            "everywhere",
            escape(pattern));
    auto replacement = is_regex ? std::string(with) : literal(with);
    std::string fault;
    if (!regex->CheckRewriteString(replacement, &fault)) {
        return fmt::format("cannot be replaced with \"{}\": {}", escape(with), escape(fault));
    }
    steps_.push_back({regex, std::move(replacement)});
    return std::nullopt;
}

BodyEdit::Outcome BodyEdit::apply(std::string& content, std::uint64_t most) const {
    auto edited = content;
    bool found = false;
    for (const auto& step : steps_) {
        found |= RE2::GlobalReplace(&edited, *step.pattern, step.with) > 0;
        if (edited.size() > most) return Outcome::too_large;
    }
    if (!found) return Outcome::unchanged;
    content = std::move(edited);
    return Outcome::changed;
}

}  // namespace bascule::rules
