#include "base/text.h"
#include "http/h1/grammar.h"
#include "http/h1/head.h"
#include "http/h1/head_end.h"

#include <algorithm>
#include <array>

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

std::variant<std::monostate, std::string, BadHead> host_of(const RequestHead& head) {
    const auto* field = head.field("Host");
    const auto host = field ? parse_authority(*field) : std::nullopt;
    std::optional<std::string> asked;
    if (head.method == "CONNECT") {
        asked = parse_authority(head.target)->host;
    } else if (const auto target = parse_absolute_target(head.target)) {
        asked = target->authority.host;
    }
    if (asked && host && head.method != "CONNECT" && !equals_ignoring_case(*asked, host->host)) {
        return BadHead{400, "the URL and Host name different hosts (RFC 9112 section 3.2.2)"};
    }
    if (asked) return *asked;
    if (host) return host->host;
    return std::monostate();
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

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t';
}

/// Drops what `drops` takes from the front.
void skip(std::string_view& text, bool (*drops)(char)) {
    text.remove_prefix(static_cast<std::size_t>(std::ranges::find_if_not(text, drops) - text.begin()));
}

/// `GET /path` and nothing more: HTTP/0.9, which servers still take.
bool is_version_less(std::string_view method, std::string_view target, std::string_view rest) {
    const bool is_url = target.starts_with('/') || target.contains("://");
    return method == "GET" && is_url && (rest.starts_with('\r') || rest.starts_with('\n'));
}

}  // namespace

std::optional<bool> looks_like_http(ByteView bytes) {
    constexpr std::size_t longest_method = 8_KiB;  // longer ones than are in use: servers take them too
    auto text = as_text(bytes);
    skip(text, [](char c) { return c == '\r' || c == '\n'; });
    const auto method = text.substr(0, std::ranges::find_if_not(text, is_token) - text.begin());
    if (method.size() > longest_method) return false;
    if (method.size() == text.size()) return std::nullopt;
    text.remove_prefix(method.size());
    if (method.empty() || !is_space(text.front())) return false;
    skip(text, is_space);
    if (method == "CONNECT") return true;

    const auto ends_target = [](char c) { return is_space(c) || c == '\r' || c == '\n'; };
    const auto target = text.substr(0, std::ranges::find_if(text, ends_target) - text.begin());
    if (target.size() > kLongestFieldLine || !std::ranges::all_of(target, is_text)) return false;
    text.remove_prefix(target.size());
    skip(text, is_space);
    if (text.empty()) return std::nullopt;
    if (is_version_less(method, target, text)) return true;
    const auto version = text.substr(0, 5);
    if (!equals_ignoring_case(version, std::string_view("HTTP/").substr(0, version.size()))) return false;
    return true;
}

bool begins_like_http(ByteView bytes) {
    constexpr std::array<std::string_view, 9> methods{"GET",     "HEAD",  "POST",  "PUT",    "DELETE",
                                                      "OPTIONS", "PATCH", "TRACE", "CONNECT"};
    const auto text = as_text(bytes);
    const auto method = text.substr(0, text.find(' '));
    return method.size() < text.size() && std::ranges::find(methods, method) != methods.end();
}

}  // namespace bascule::http
