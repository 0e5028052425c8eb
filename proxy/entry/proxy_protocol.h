#pragma once

#include "base/address.h"
#include "base/bytes.h"

#include <optional>
#include <string>
#include <variant>

/// PROXY protocol, versions 1 and 2 (haproxy.org, "The PROXY protocol", 2020/03/05): who a connection really comes
/// from.
namespace bascule::proxy {

struct ProxyHeader {
    std::optional<SocketAddress> source;  ///< absent: LOCAL or UNKNOWN, the socket's own address holds
    std::optional<SocketAddress> destination;
    std::size_t size = 0;  ///< octets of the header
};
struct ProxyHeaderNeedsMore {};
struct BadProxyHeader {
    std::string what;
};

/// The first bytes so far: at most 107 octets for version 1, 16 plus its length for version 2 (bounded at 4 KiB).
std::variant<ProxyHeaderNeedsMore, ProxyHeader, BadProxyHeader> parse_proxy_header(ByteView bytes);

}  // namespace bascule::proxy
