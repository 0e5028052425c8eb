#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Steps 6 and 7 for TLS that is to be seen: the handshake with the origin, by what the client offered; its
/// verification; only then the handshake with the client, with a forged leaf and the origin's ALPN and version; then
/// the relay. Throws Ended.
net::Task<void> intercept(Connection& connection);

}  // namespace bascule::proxy
