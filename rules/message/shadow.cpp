#include "rules/cover.h"
#include "rules/message/message_rules.h"

#include <algorithm>

namespace bascule::rules {
namespace {

/// Whether a set is known to hold all that this pattern names.
bool holds_all(const Names& wide, const NamePattern& narrow) {
    if (narrow.kind == NamePattern::Kind::exact) return wide.set->contains(narrow.text);
    return std::ranges::any_of(wide.written, [&](const NamePattern& one) {
        const bool is_above = one.kind == NamePattern::Kind::suffix && narrow.kind == NamePattern::Kind::suffix &&
                              narrow.text.ends_with("." + one.text);
        return one == narrow || is_above;
    });
}

bool covers_names(const Names& wide, const Names& narrow) {
    if (!wide.set || (narrow.set && wide.set == narrow.set)) return true;
    return narrow.set && !narrow.listed &&
           std::ranges::all_of(narrow.written, [&](const auto& one) { return holds_all(wide, one); });
}

/// Each field that the wide one asks for is asked for by the narrow one, with no more values.
bool covers_fields(const std::vector<FieldMatch>& wide, const std::vector<FieldMatch>& narrow) {
    return std::ranges::all_of(wide, [&](const FieldMatch& asked) {
        return std::ranges::any_of(narrow, [&](const FieldMatch& one) {
            return one.name == asked.name && all_covered(asked.values, one.values);
        });
    });
}

bool covers_requests(const MessageMatch& wide, const MessageMatch& narrow) {
    return covers_names(wide.host, narrow.host) && all_covered(wide.path, narrow.path) &&
           all_covered(wide.method, narrow.method) && all_covered(wide.query, narrow.query) &&
           covers_names(wide.server_name, narrow.server_name) && covers_fields(wide.header, narrow.header) &&
           covers_but_names(wide.connection, narrow.connection);
}

/// A text that the first of the patterns matches: what covers them all has to match it; nothing: none is known.
std::optional<std::string> sample(const Texts& patterns) {
    if (patterns.empty() || patterns.front().kind() == TextPattern::Kind::regex) return std::nullopt;
    return patterns.front().text();
}

std::optional<std::string> sample(const Names& names) {
    if (names.written.empty() || names.written.front().kind == NamePattern::Kind::regex) return std::nullopt;
    const auto& first = names.written.front();
    return first.kind == NamePattern::Kind::suffix ? "a." + first.text : first.text;
}

}  // namespace

void MessageRules::narrow_by_sample(Bits& rules, const MessageMatch& match) const {
    const auto host = sample(match.host);
    if (host) narrow_by_host(rules, *host);
    const auto path = sample(match.path);
    if (!path) return;
    paths_.narrow(rules, *path, [&](std::uint32_t rule) { return any_matches(rules_[rule].match.path, *path); });
}

const MessageRule* MessageRules::taken_before(std::size_t index) const {
    auto rules = answering_;
    narrow_by_sample(rules, rules_[index].match);
    const MessageRule* found = nullptr;
    rules.each([&](std::size_t before) {
        if (before >= index) return false;
        if (covers_requests(rules_[before].match, rules_[index].match)) found = &rules_[before];
        return found == nullptr;
    });
    return found;
}

}  // namespace bascule::rules
