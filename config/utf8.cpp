#include "config/utf8.h"

#include <cstdint>

namespace bascule::config {
namespace {

std::uint8_t octet(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<std::uint8_t>(text[at]) : 0;
}

/// The length of the character at `at`, or 0. RFC 3629 section 4.
std::size_t character_length(std::string_view text, std::size_t at) {
    const auto first = octet(text, at);
    if (first < 0x80) return first == 0 ? 0 : 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4) return 0;
    const auto second = octet(text, at + 1);
    const int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if ((octet(text, at + i) & 0xc0) != 0x80) return 0;
    }
    return length;
}

}  // namespace

std::size_t well_formed_prefix(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto length = character_length(text, at);
        if (length == 0) break;
        at += length;
    }
    return at;
}

}  // namespace bascule::config
