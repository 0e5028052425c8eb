#include "config/scalar.h"

#include <charconv>

namespace bascule::config {
namespace {

template <class Number>
bool parse_decimal(const Node& node, Number& out) {
    const auto& text = node.text;
    if (node.quoted || text.empty() || text.front() == '-' || (text.size() > 1 && text.front() == '0')) return false;
    Number value = 0;
    const auto* last = text.data() + text.size();
    const auto [end, fault] = std::from_chars(text.data(), last, value);
    if (fault != std::errc{} || end != last) return false;
    out = value;
    return true;
}

template <class T>
bool take(const std::optional<T>& parsed, T& out) {
    if (parsed) out = *parsed;
    return parsed.has_value();
}

}  // namespace

bool parse(const Node& node, std::string& out) {
    if (node.text.empty()) return false;
    out = node.text;
    return true;
}

bool parse(const Node& node, bool& out) {
    if (node.quoted || (node.text != "true" && node.text != "false")) return false;
    out = node.text == "true";
    return true;
}

bool parse(const Node& node, std::uint16_t& out) {
    return parse_decimal(node, out);
}

bool parse(const Node& node, std::uint32_t& out) {
    return parse_decimal(node, out);
}

bool parse(const Node& node, Duration& out) {
    return take(parse_duration(node.text), out);
}

bool parse(const Node& node, IpAddress& out) {
    return take(IpAddress::parse(node.text), out);
}

bool parse(const Node& node, SocketAddress& out) {
    return take(SocketAddress::parse(node.text), out);
}

bool parse(const Node& node, HostPort& out) {
    const auto parsed = HostPort::parse(node.text);
    return parsed && rules::normalize_name(parsed->host) && take(parsed, out);
}

bool parse(const Node& node, Cidr& out) {
    return take(Cidr::parse(node.text), out);
}

bool parse(const Node& node, rules::DestinationPattern& out) {
    return take(rules::DestinationPattern::parse(node.text), out);
}

bool parse_size(const Node& node, std::uint64_t& out) {
    return take(bascule::parse_size(node.text), out);
}

}  // namespace bascule::config
