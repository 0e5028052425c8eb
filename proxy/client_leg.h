#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Whether the origin's certificate is not accepted and the client is shown the same fault (verify: mirror). Such a
/// connection must never be resumed as one without the fault, or teach anything about the client.
bool shows_fault(const Connection& connection);

/// Step 6, second half: the handshake with the client, with a forged leaf and the origin's ALPN and version. Fills in
/// the record's client_tls. Throws Ended.
[[gnu::noinline]] net::Task<void> shake_hands_with_client(Connection& connection);

}  // namespace bascule::proxy
