#pragma once

#include "base/bytes.h"

#include <string>
#include <utility>
#include <vector>

/// ClientHellos made by hand, well-formed or not.
namespace bascule::test {

inline Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

inline Bytes number(std::size_t value, std::size_t octets) {
    Bytes bytes;
    for (std::size_t i = octets; i-- > 0;) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return bytes;
}
inline Bytes vector(std::size_t length_octets, const Bytes& body) {
    return number(body.size(), length_octets) + body;
}
inline Bytes numbers(const std::vector<std::uint16_t>& values) {
    Bytes bytes;
    for (const auto value : values) bytes = std::move(bytes) + number(value, 2);
    return bytes;
}

inline Bytes server_name(std::string_view name, std::uint8_t type = 0) {
    return vector(2, number(type, 1) + vector(2, to_bytes(name)));
}
inline Bytes alpn(const std::vector<std::string>& protocols) {
    Bytes list;
    for (const auto& protocol : protocols) list = std::move(list) + vector(1, to_bytes(protocol));
    return vector(2, list);
}

struct Hello {
    std::uint16_t version = 0x0303;
    std::size_t session = 32;
    std::vector<std::uint16_t> ciphers{0x1301, 0xc02f};
    std::vector<std::pair<std::uint16_t, Bytes>> extensions;
    Bytes after;  ///< behind the extensions

    Bytes body() const {
        Bytes list;
        for (const auto& [type, value] : extensions) list = std::move(list) + number(type, 2) + vector(2, value);
        return number(version, 2) + Bytes(32, 7) + vector(1, Bytes(session, 9)) + vector(2, numbers(ciphers)) +
               Bytes{1, 0} + vector(2, list) + after;
    }
    Bytes message() const { return Bytes{1} + vector(3, body()); }
};

inline Bytes record(const Bytes& content, std::uint8_t type = 22, std::uint16_t version = 0x0301) {
    return Bytes{type} + number(version, 2) + vector(2, content);
}

/// The message in records of at most `size` octets.
inline Bytes records(const Bytes& message, std::size_t size) {
    Bytes opening;
    for (std::size_t at = 0; at < message.size(); at += size) {
        const auto end = std::min(message.size(), at + size);
        const auto part = record(Bytes(message.begin() + static_cast<std::ptrdiff_t>(at),
                                       message.begin() + static_cast<std::ptrdiff_t>(end)));
        opening.insert(opening.end(), part.begin(), part.end());
    }
    return opening;
}

}  // namespace bascule::test
