#include "base/text.h"
#include "http/grammar.h"
#include "http/head.h"

namespace bascule::http {
namespace {

constexpr std::size_t kLongestHost = 255;
constexpr std::string_view kScheme = "http://";

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= kLongestHost &&
           std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || std::string_view("-._~").contains(c); });
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
    const bool literal = text.starts_with('[');
    const auto host = text.substr(0, literal ? text.find(']') : text.find(':'));
    auto rest = text.substr(host.size());
    Authority authority{std::string(literal ? host.substr(1) : host), std::nullopt};
    if (literal) {
        if (rest.empty() || !authority.host.contains(':') || !IpAddress::parse(authority.host)) return std::nullopt;
        rest.remove_prefix(1);
    } else if (!is_host(host)) {
        return std::nullopt;
    }
    if (rest.empty() || rest == ":") return authority;
    if (rest.front() != ':') return std::nullopt;
    authority.port = parse_port(rest.substr(1));
    return authority.port ? std::optional(authority) : std::nullopt;
}

std::optional<AbsoluteTarget> parse_absolute_target(std::string_view target) {
    if (!is_target(target) || !equals_ignoring_case(target.substr(0, kScheme.size()), kScheme)) return std::nullopt;
    target.remove_prefix(kScheme.size());
    const auto end = std::min(target.find_first_of("/?"), target.size());
    const auto authority = parse_authority(target.substr(0, end));
    if (!authority) return std::nullopt;
    const auto path = target.substr(end);
    return AbsoluteTarget{{authority->host, authority->port.value_or(80)},
                          path.starts_with('/') ? std::string(path) : "/" + std::string(path)};
}

std::optional<bool> looks_like_http(ByteView bytes) {
    auto text = as_text(bytes);
    if (std::string_view("\r\n").starts_with(text)) return std::nullopt;
    if (text.starts_with("\r\n")) text.remove_prefix(2);

    const auto method_end = std::min<std::size_t>(std::ranges::find_if_not(text, is_token) - text.begin(), text.size());
    if (method_end > kLongestMethod) return false;
    if (method_end == text.size()) return std::nullopt;
    if (method_end == 0 || text[method_end] != ' ') return false;
    if (text.substr(0, method_end) == "CONNECT") return true;

    text.remove_prefix(method_end + 1);
    const auto target_end = text.find(' ');
    const auto target = text.substr(0, target_end);
    if (target.size() > kLongestRequestLine || !std::ranges::all_of(target, is_text)) return false;
    if (target_end == text.npos) return std::nullopt;
    const auto version = text.substr(target_end + 1).substr(0, 5);
    if (target.empty() || !std::string_view("HTTP/").starts_with(version)) return false;
    return version.empty() ? std::nullopt : std::optional(true);
}

}  // namespace bascule::http
