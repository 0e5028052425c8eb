#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Pieces of the grammar of RFC 9110 and RFC 3986 that several files of this folder need.
namespace bascule::http {

constexpr std::size_t kLongestMethod = 32;
/// Of content, and of a chunk: beyond it readers that count with a sign see something else.
constexpr std::uint64_t kLargestLength = 0x7fff'ffff'ffff'ffff;
constexpr std::string_view kNoRequestLine =
    "the request line is not METHOD target HTTP/1.1 (RFC 9112 section 3); a space in a URL is written %20";
constexpr std::string_view kNoStatusLine = "the status line is not HTTP/1.1 NNN reason (RFC 9112 section 4)";

constexpr bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
/// tchar, RFC 9110 section 5.6.2
constexpr bool is_token(char c) {
    return is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c);
}
/// What may stand in a field value or a chunk extension: VCHAR, obs-text, SP, HTAB.
constexpr bool is_text(char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
}
/// A request target, in whatever form: no fragment, no controls. More than RFC 3986 has: browsers send `|`, `{` and
/// their like, and other clients octets of UTF-8 as they are, which servers take.
inline bool is_target(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c != ' ' && c != '\t' && is_text(c) && c != '#'; });
}

/// uri-host [ ":" port ] (RFC 9110 section 7.2), host without brackets; the port absent where none is written.
struct Authority {
    std::string host;
    std::optional<std::uint16_t> port;
};
std::optional<Authority> parse_authority(std::string_view text);
inline bool is_authority(std::string_view text) {
    return parse_authority(text).has_value();
}

}  // namespace bascule::http
