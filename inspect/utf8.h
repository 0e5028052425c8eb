#pragma once

#include <cstddef>
#include <string_view>

namespace bascule::inspect {

/// One code point at the front of a text. `length` is 0 where the octets there are not UTF-8 (RFC 3629: overlong
/// forms, surrogates, values above U+10FFFF and cut sequences are not).
struct CodePoint {
    char32_t value = 0;
    std::size_t length = 0;
};

CodePoint decode_utf8(std::string_view text);
bool is_utf8(std::string_view text);

/// Safe to show on a terminal: no controls, and no invisible or direction-changing characters.
bool is_printable(char32_t code_point);

/// The longest prefix of at most `limit` octets that does not end inside a code point of a UTF-8 text.
std::string_view utf8_prefix(std::string_view text, std::size_t limit);

/// A text that was cut somewhere, without the code point that was cut in two.
std::string_view without_cut_end(std::string_view text);

}  // namespace bascule::inspect
