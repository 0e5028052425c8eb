#pragma once

#include "base/bytes.h"
#include "http/h1/bad_head.h"

#include <cstdint>
#include <optional>
#include <variant>

namespace bascule::http {

/// What the answer to a request of our own says before its content.
struct ResponseHead {
    int status = 0;
    std::optional<std::uint64_t> length;  ///< absent: the content ends with the connection
    std::size_t size = 0;                 ///< octets of the head, its empty line included
};

/// Strict, and made for answers to HTTP/1.0 requests: Transfer-Encoding, repeated or malformed lengths, control
/// characters and heads above 16 KiB are BadHead (whose status means nothing here).
std::variant<NeedMore, ResponseHead, BadHead> parse_response_head(ByteView bytes);

}  // namespace bascule::http
