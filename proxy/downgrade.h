#pragma once

#include "proxy/connection.h"

/// What the two ends of an intercepted connection would have had without us, and do not have.
namespace bascule::proxy {

/// Before the handshakes. Throws Ended where the client offers post-quantum groups, OpenSSL has none of them, and
/// upstream.post_quantum would have the connection refused rather than downgraded.
void refuse_downgrade(Connection& connection);

/// After both: the record says what was lost.
void note_downgrades(Connection& connection);

}  // namespace bascule::proxy
