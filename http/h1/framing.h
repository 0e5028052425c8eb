#pragma once

#include <cstdint>
#include <variant>

namespace bascule::http {

/// Where the content of a message ends (RFC 9112 section 6.3).
struct NoBody {};
struct Chunked {};
struct Length {
    std::uint64_t octets;
};
struct UntilClose {};  ///< of answers only
using Framing = std::variant<NoBody, Length, Chunked, UntilClose>;

}  // namespace bascule::http
