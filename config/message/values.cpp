#include "config/message/values.h"

#include "config/message/url.h"

#include <utility>

namespace bascule::config {
namespace {

template <class T>
bool take(const std::optional<T>& parsed, T& out) {
    if (parsed) out = *parsed;
    return parsed.has_value();
}

/// Two parts of a text; the second is absent without the mark.
std::pair<std::string_view, std::optional<std::string_view>> cut(std::string_view text, char mark) {
    const auto at = text.find(mark);
    if (at == text.npos) return {text, std::nullopt};
    return {text.substr(0, at), text.substr(at + 1)};
}

/// Sizes, where also `B` may stand behind a number.
std::optional<std::uint64_t> parse_octets(std::string_view text) {
    if (text.ends_with('B') && text.size() >= 2 && text[text.size() - 2] != 'i') text.remove_suffix(1);
    const auto size = bascule::parse_size(text);
    return size && *size > 0 ? size : std::nullopt;
}

}  // namespace

bool parse(const Node& node, rules::StatusRange& out) {
    return take(rules::StatusRange::parse(node.text), out);
}

bool parse(const Node& node, rules::SizeRange& out) {
    return take(rules::SizeRange::parse(node.text), out);
}

bool parse(const Node& node, rules::RewriteTo& out) {
    const auto url = Url::parse(node.text);
    if (!url || url->path != "/" || node.text.find_first_of("?#") != node.text.npos) return false;
    out = {.tls = url->tls, .host = url->host, .port = url->port};
    return true;
}

bool parse(const Node& node, Location& out) {
    const bool is_path = node.text.starts_with('/') && !node.text.starts_with("//");
    if (!Url::parse(is_path ? "http://host" + node.text : node.text)) return false;
    out.text = node.text;
    return true;
}

bool parse(const Node& node, rules::Throttle& out) {
    const auto [octets, unit] = cut(node.text, '/');
    const auto size = parse_octets(octets);
    if (!size || unit != "s") return false;
    out.octets_per_second = *size;
    return true;
}

bool parse(const Node& node, rules::Corrupt& out) {
    const auto [times, of] = cut(node.text, '/');
    const auto above = bascule::parse_size(times), below = bascule::parse_size(of.value_or(""));
    if (!above || !below || *above == 0 || *above > *below) return false;
    out = {.times = *above, .of = *below};
    return true;
}

bool parse(const Node& node, rules::Drip& out) {
    const auto [octets, span] = cut(node.text, '/');
    const auto size = parse_octets(octets);
    const auto every = parse_duration(span.value_or(""));
    if (!size || !every || every->count() == 0) return false;
    out = {.octets = *size, .every = *every};
    return true;
}

}  // namespace bascule::config
