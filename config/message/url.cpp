#include "config/message/url.h"

#include "base/address.h"
#include "base/text.h"
#include "rules/name_set.h"

#include <algorithm>

namespace bascule::config {
namespace {

/// What RFC 3986 lets stand in a URL, without what ends a header field or a quote.
bool is_url_text(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return c > ' ' && c < 0x7f && !std::string_view("\"<>\\^`{|}").contains(c); });
}

/// Cuts the text up to the first of the marks; the mark stays.
std::string_view cut(std::string_view& text, std::string_view marks) {
    const auto part = text.substr(0, std::min(text.find_first_of(marks), text.size()));
    text.remove_prefix(part.size());
    return part;
}

bool take_authority(std::string_view authority, Url& url) {
    const auto colon = authority.rfind(':');
    const bool has_port = colon != authority.npos && authority.find(']', colon) == authority.npos;
    const auto whole = std::string(authority) + (has_port ? "" : url.tls ? ":443" : ":80");
    const auto parsed = HostPort::parse(whole);
    const auto name = parsed ? rules::normalize_name(parsed->host) : std::nullopt;
    if (!name) return false;
    url.host = *name;
    url.port = parsed->port;
    return true;
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
    constexpr std::string_view kAfterScheme = "://";
    Url url;
    if (!is_url_text(text)) return std::nullopt;
    const auto scheme = to_lower(cut(text, ":"));
    if ((scheme != "http" && scheme != "https") || !text.starts_with(kAfterScheme)) return std::nullopt;
    text.remove_prefix(kAfterScheme.size());
    url.tls = scheme == "https";
    if (!take_authority(cut(text, "/?#"), url)) return std::nullopt;
    if (const auto path = cut(text, "?#"); !path.empty()) url.path = path;
    if (text.starts_with('?')) url.query = cut(text, "#").substr(1);
    return url;
}

}  // namespace bascule::config
