#include "base/text.h"
#include "config/message/message.h"
#include "config/message/values.h"

#include <algorithm>
#include <array>

namespace bascule::config {
namespace {

using rules::TextPattern;
using Check = std::optional<std::string> (*)(std::string_view written);

/// Adds one pattern; what is wrong with it, for a person, or nothing.
std::optional<std::string> add(rules::Texts& texts, std::string_view written, TextPattern::Case letters,
                               Check fault_in) {
    if (auto fault = fault_in(written)) return fault;
    auto pattern = TextPattern::parse(written, letters);
    if (!pattern) return std::move(pattern.error());
    texts.push_back(*std::move(pattern));
    return std::nullopt;
}

rules::Texts read_texts(const Section& section, const Value& whole, TextPattern::Case letters, Check fault_in) {
    rules::Texts texts;
    const auto take = [&](std::string_view written) { return add(texts, written, letters, fault_in); };
    for (const auto& value : section.values(whole)) {
        if (value.node.kind != Node::Kind::scalar) {
            section.wrong(value);
        } else if (names_list(value.node)) {
            read_list(section, value, take);
        } else if (auto fault = take(value.node.text)) {
            section.problem(value, *std::move(fault));
        }
    }
    return texts;
}

rules::Texts read_texts(const Section& section, std::string_view key, TextPattern::Case letters, Check fault_in) {
    const auto value = section.whole(key);
    return value ? read_texts(section, *value, letters, fault_in) : rules::Texts();
}

std::optional<std::string> nothing_wrong(std::string_view /*written*/) {
    return std::nullopt;
}

bool is_regex(std::string_view written) {
    return written.size() >= 2 && written.starts_with('/') && written.ends_with('/');
}

/// Only what an expression is made of tells it from a path with a slash at its end.
bool looks_like_path(std::string_view regex) {
    return std::ranges::none_of(regex, [](char c) { return std::string_view("^$*+?()[]{}|\\").contains(c); });
}

std::string like_both(std::string_view written) {
    return fmt::format(
        "{0} may be a path, or a regular expression in slashes; write \"/^{1}$/\" for the path, "
        "\"{1}*\" for what is below it, \"/({2})/\" for the expression",
        in_quotes(written), escape(written), escape(written.substr(1, written.size() - 2)));
}

std::optional<std::string> fault_in_path(std::string_view written) {
    if (is_regex(written)) return looks_like_path(written) ? std::optional(like_both(written)) : std::nullopt;
    if (!written.starts_with('/') && written != "*") {
        return fmt::format("{} does not begin with a slash, as every path does; write \"/{}\"", in_quotes(written),
                           escape(written));
    }
    const auto mark = written.find('?');
    if (mark == written.npos) return std::nullopt;
    return fmt::format("{}: a path is compared without the query; write path: {} and query: {}", in_quotes(written),
                       escape(written.substr(0, mark)), escape(written.substr(mark + 1)));
}

std::optional<std::string> fault_in_query(std::string_view written) {
    if (!written.starts_with('?')) return std::nullopt;
    return fmt::format("{}: a query is compared without its question mark; write \"{}\"", in_quotes(written),
                       escape(written.substr(1)));
}

bool is_method(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'+-.^_`|~").contains(c);
    });
}

std::string to_upper(std::string_view text) {
    std::string upper(text);
    for (auto& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return upper;
}

std::optional<std::string> fault_in_method(std::string_view written) {
    constexpr std::array<std::string_view, 9> kKnown{"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                     "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    if (!is_method(written)) return in_quotes(written) + " is not a method; write GET or POST";
    const auto upper = to_upper(written);
    if (upper == written || std::ranges::find(kKnown, upper) == kKnown.end()) return std::nullopt;
    return fmt::format("{}: the case of a method counts; write {}", in_quotes(written), upper);
}

std::vector<rules::FieldMatch> read_fields(const Section& section, std::string_view key) {
    std::vector<rules::FieldMatch> fields;
    for (const auto& [name, value] : section.named(key)) {
        if (auto fault = fault_in_field_name(name.text)) {
            section.problem(value, *std::move(fault));
            continue;
        }
        auto values = read_texts(section, value, TextPattern::Case::counts, nothing_wrong);
        fields.push_back({to_lower(name.text), std::move(values)});
    }
    return fields;
}

}  // namespace

rules::MessageMatch decode_message_match(const Section& section, const Config& config) {
    constexpr auto counts = TextPattern::Case::counts;
    rules::MessageMatch match;
    match.server_name = decode_names(section, "server_name");
    match.connection = decode_connection(section, config, match.server_name);
    match.method = read_texts(section, "method", counts, fault_in_method);
    match.host = decode_names(section, "host");
    match.path = read_texts(section, "path", counts, fault_in_path);
    match.query = read_texts(section, "query", counts, fault_in_query);
    match.header = read_fields(section, "header");
    section.read("status", match.status);
    match.content_type = read_texts(section, "content_type", TextPattern::Case::ignored, nothing_wrong);
    match.response_header = read_fields(section, "response_header");
    section.read("size", match.size);
    return match;
}

}  // namespace bascule::config
