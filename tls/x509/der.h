#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <optional>

/// The little of DER (X.690) that extensions of certificates need: definite lengths, tags of one octet.
namespace bascule::tls::der {

inline constexpr std::uint8_t kSequence = 0x30;
inline constexpr std::uint8_t kOctetString = 0x04;

struct Element {
    std::uint8_t tag = 0;
    ByteView content;
    ByteView whole;  ///< tag, length and content
};

/// Takes the next element; nothing where what is left is none (indefinite, non-minimal or over-long lengths).
inline std::optional<Element> next(Cursor& cursor) {
    const auto start = cursor.rest();
    const auto tag = cursor.u8();
    const auto first = cursor.u8();
    if (!tag || !first || (*tag & 0x1f) == 0x1f || *first == 0x80 || *first > 0x83) return std::nullopt;
    std::size_t length = *first;
    if (*first > 0x80) {
        length = 0;
        for (int octets = *first & 0x7f; octets > 0; --octets) {
            const auto octet = cursor.u8();
            if (!octet || (length == 0 && *octet == 0)) return std::nullopt;
            length = length << 8 | *octet;
        }
        if (length < 0x80) return std::nullopt;
    }
    const auto content = cursor.take(length);
    if (!content) return std::nullopt;
    return Element{*tag, *content, start.first(start.size() - cursor.size())};
}

/// One element that is all of `bytes`.
inline std::optional<Element> only(ByteView bytes) {
    Cursor cursor(bytes);
    auto element = next(cursor);
    if (!cursor.empty()) return std::nullopt;
    return element;
}

inline Bytes element(std::uint8_t tag, ByteView content) {
    const auto size = content.size();
    Bytes out{tag};
    out.reserve(size + 5);
    if (size < 0x80) {
        out.push_back(static_cast<std::uint8_t>(size));
    } else {
        const int octets = size < 0x100 ? 1 : size < 0x10000 ? 2 : 3;
        out.push_back(static_cast<std::uint8_t>(0x80 | octets));
        for (int i = octets - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(size >> (8 * i)));
    }
    out.insert(out.end(), content.begin(), content.end());
    return out;
}

}  // namespace bascule::tls::der
