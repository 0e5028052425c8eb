#pragma once

#include "base/address.h"
#include "base/bytes.h"

#include <cstdint>
#include <string>
#include <variant>

/// SOCKS4, 4a (the 1990s memos) and 5 (RFC 1928): pure readers of what the client says, and the answers.
namespace bascule::proxy::socks {

struct NeedMore {};
struct Bad {
    std::string what;
    Bytes answer;  ///< to be sent before closing; may be empty
};
/// SOCKS5's first message asked for a method that we speak: send `answer`, drop `size` octets, go on with
/// parse_request.
struct Greeting {
    Bytes answer;
    std::size_t size = 0;
};
struct Request {
    int version = 5;  ///< 4 or 5
    HostPort target;  ///< an address in text form, or the name of SOCKS4a or of SOCKS5's type 3
    std::size_t size = 0;
};

/// First bytes, beginning with 4 (a whole SOCKS4 request) or 5 (a greeting).
std::variant<NeedMore, Bad, Greeting, Request> parse_opening(ByteView bytes);
/// SOCKS5, after the greeting.
std::variant<NeedMore, Bad, Request> parse_request(ByteView bytes);

enum class Reply : std::uint8_t {
    granted,
    failure,
    not_allowed,
    network_unreachable,
    host_unreachable,
    refused,
    timed_out
};
/// The answer in the version that was asked: SOCKS5 codes of RFC 1928 section 6 (timed_out is 6, not_allowed 2),
/// SOCKS4's 90 and 91.
Bytes answer(int version, Reply reply);

}  // namespace bascule::proxy::socks
