#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Step 6, first half: the handshake with the origin, by what the client offered, and the verification of its
/// certificate. Fills in the record's upstream_tls, certificate and alpn. Throws Ended.
[[gnu::noinline]] net::Task<void> shake_hands_upstream(Connection& connection);

/// What a finished handshake agreed on, for the record.
inspect::TlsFacts facts_of(tls::Negotiated agreed);

}  // namespace bascule::proxy
