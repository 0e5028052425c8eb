#include "inspect/content/shown.h"

#include "inspect/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace bascule::inspect {
namespace {

/// The first code point or octet; takes it off.
void append_first(std::string& out, std::string_view& octets) {
    const auto [value, length] = decode_utf8(octets);
    if (length > 0 && (value == '\t' || is_printable(value))) {
        out += octets.substr(0, length);
        octets.remove_prefix(length);
    } else {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint8_t>(octets.front()));
        octets.remove_prefix(1);
    }
}

}  // namespace

void append_shown(std::string& out, std::string_view octets) {
    while (!octets.empty()) append_first(out, octets);
}

void append_shown_line(std::string& out, std::string_view& octets) {
    while (!octets.empty()) {
        const bool crlf = octets.starts_with("\r\n");
        if (crlf || octets.front() == '\n') {
            octets.remove_prefix(crlf ? 2 : 1);
            break;
        }
        append_first(out, octets);
    }
    out += '\n';
}

void append_hex(std::string& out, std::string_view octets, std::string_view prefix) {
    constexpr std::size_t a_line = 16;
    for (std::size_t at = 0; at < octets.size(); at += a_line) {
        const auto line = octets.substr(at, a_line);
        std::string digits, text;
        for (const char c : line) {
            fmt::format_to(std::back_inserter(digits), "{:02x} ", static_cast<std::uint8_t>(c));
            text += c >= ' ' && c <= '~' ? c : '.';
        }
        fmt::format_to(std::back_inserter(out), "{}{:08x}  {:<49}{}\n", prefix, at, digits, text);
    }
}

std::string base64(std::string_view octets) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((octets.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < octets.size(); i += 3) {
        const auto three = octets.substr(i, 3);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (k < three.size() ? static_cast<std::uint8_t>(three[k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) out += k <= three.size() ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

}  // namespace bascule::inspect
