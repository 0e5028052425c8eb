#include "inspect/utf8.h"

#include <array>
#include <cstdint>

namespace bascule::inspect {
namespace {

std::uint8_t octet(std::string_view text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

bool continues(std::uint8_t octet) {
    return (octet & 0xc0) == 0x80;
}

}  // namespace

CodePoint decode_utf8(std::string_view text) {
    if (text.empty()) return {};
    const auto first = octet(text, 0);
    if (first < 0x80) return {first, 1};
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return {};
    char32_t value = first & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if (!continues(octet(text, i))) return {};
        value = value << 6 | (octet(text, i) & 0x3fu);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (value < smallest[length] || value > 0x10ffff || surrogate) return {};
    return {value, length};
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = decode_utf8(text).length;
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

bool is_printable(char32_t c) {
    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;
    const bool invisible = c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
                           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
                           (c >= 0xe0000 && c <= 0xe0fff);
    return !invisible;
}

std::string_view utf8_prefix(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    std::size_t cut = limit;
    for (int back = 0; back < 3 && cut > 0 && continues(octet(text, cut)); ++back) --cut;
    const bool inside_utf8 = cut > 0 && !continues(octet(text, cut));
    return text.substr(0, inside_utf8 ? cut : limit);
}

std::string_view without_cut_end(std::string_view text) {
    for (std::size_t cut = 1; cut < 4 && cut <= text.size(); ++cut) {
        const auto lead = static_cast<unsigned char>(text[text.size() - cut]);
        if (lead >= 0xc0)
            return decode_utf8(text.substr(text.size() - cut)).length == 0 ? text.substr(0, text.size() - cut) : text;
        if (lead < 0x80) return text;
    }
    return text;
}

}  // namespace bascule::inspect
