#include "config/hint.h"

#include "base/address.h"
#include "config/problems.h"

#include <fmt/format.h>

#include <algorithm>

namespace bascule::config {
namespace {

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

IpAddress without_bits_beyond(const IpAddress& address, int prefix) {
    auto octets = address.octets();
    const auto kept = static_cast<std::size_t>(prefix + (address.is_v4() ? 96 : 0));
    for (std::size_t bit = kept; bit < 128; ++bit) octets[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
    if (!address.is_v4()) return IpAddress::v6(octets);
    return IpAddress::v4({octets[12], octets[13], octets[14], octets[15]});
}

/// "10.0.0.1/8" and "10.0.0.0/33", with or without a port behind.
std::optional<std::string> block_mistake(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == text.npos) return std::nullopt;
    const auto base =
        IpAddress::parse(text.substr(text.starts_with('[') ? 1 : 0, slash - (text.starts_with('[') ? 1 : 0)));
    const auto digits = text.substr(slash + 1, text.find_first_not_of("0123456789", slash + 1) - slash - 1);
    if (!base || !all_digits(digits)) return std::nullopt;
    const int most = base->is_v4() ? 32 : 128;
    if (digits.size() > 3 || std::stoi(std::string(digits)) > most) {
        return fmt::format("{} has a prefix of {} bits, and the address has {}", in_quotes(text), digits, most);
    }
    const auto prefix = std::stoi(std::string(digits));
    const auto meant = without_bits_beyond(*base, prefix);
    if (meant == *base) return std::nullopt;
    return fmt::format("{} has bits beyond its prefix; write {}/{} for the block, or {} for the address alone",
                       in_quotes(text), meant.text(), prefix, base->text());
}

/// A number behind the last colon that no port has.
std::optional<std::string> port_mistake(std::string_view text) {
    const auto digits = text.substr(text.rfind(':') + 1);
    if (!all_digits(digits) || (digits.size() <= 5 && std::stoi(std::string(digits)) <= 65535)) return std::nullopt;
    return fmt::format("{}: a port is at most 65535", in_quotes(text));
}

bool is_old_version(std::string_view text) {
    return text == "TLSv1.1" || text == "TLSv1.0" || text == "TLSv1" || text == "SSLv3";
}

}  // namespace

std::optional<std::string> usual_mistake(const Key& key, const Node& node) {
    if (node.kind != Node::Kind::scalar) return std::nullopt;
    const std::string_view text = node.text;
    switch (key.type) {
        case Type::block:
            return block_mistake(text);
        case Type::destination: {
            auto mistake = block_mistake(text);
            return mistake ? mistake : port_mistake(text);
        }
        case Type::address:
        case Type::target:
        case Type::server:
            return text.contains(':') ? port_mistake(text) : std::nullopt;
        case Type::number:
            if (!all_digits(text) || text.front() == '0' || key.max.empty() || node.quoted) return std::nullopt;
            return fmt::format("{} is too large; the most is {}", in_quotes(text), key.max);
        case Type::word:
            if (key.name != "minimum_version" || !is_old_version(text)) return std::nullopt;
            return fmt::format(
                "{} is not offered by itself; origins as old as that are reached where legacy: true stands "
                "beside it, best in a rule for them alone",
                in_quotes(text));
        default:
            return std::nullopt;
    }
}

std::optional<std::string> usual_mistake_in_line(std::string_view line) {
    const auto indent = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
    if (indent.contains('\t')) return "a tab indents this line, and YAML wants spaces";
    for (auto at = line.find('['); at != line.npos; at = line.find('[', at + 1)) {
        const auto end = line.find("]:", at);
        if (end == line.npos || (at > 0 && (line[at - 1] == '"' || line[at - 1] == '\''))) continue;
        const auto inside = line.substr(at + 1, end - at - 1);
        if (inside.find_first_not_of("0123456789abcdefABCDEF:.") != inside.npos) continue;
        return "an address in brackets begins a list in YAML; put it in quotes, as \"[::]:8443\"";
    }
    return std::nullopt;
}

}  // namespace bascule::config
