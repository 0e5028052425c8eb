#pragma once

#include "tls/openssl.h"

#include <cstring>
#include <string_view>

/// Fields as one unambiguous sequence of octets under a hash: what is made of the same fields has the same digest, on
/// every host.
namespace bascule::tls {

inline void add_number(Sha256& hash, std::uint64_t number) {
    std::array<std::uint8_t, 8> octets{};
    for (auto& octet : octets) {
        octet = static_cast<std::uint8_t>(number);
        number >>= 8;
    }
    hash.add(octets);
}

/// The length goes before the text.
inline void add_text(Sha256& hash, std::string_view text) {
    add_number(hash, text.size());
    hash.add(as_bytes(text));
}

}  // namespace bascule::tls
