#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Step 6, second half: the handshake with the client, with a forged leaf and the origin's ALPN and version. Fills in
/// the record's client_tls. Throws Ended.
[[gnu::noinline]] net::Task<void> shake_hands_with_client(Connection& connection);

}  // namespace bascule::proxy
