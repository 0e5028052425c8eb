#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Whether the dialect that is expected lets the server speak first: then there is nothing to peek at.
bool waits_for_greeting(const Connection& connection);

/// Step 7 for what does not begin as TLS: relays it in the clear, and where it turns into TLS (agreed on in the dialect
/// of the rule or the listener; or, under action intercept, a ClientHello of either side) judges it again and goes on
/// with steps 6 and 7. Nothing that was said in the clear is carried into the session. Throws Ended.
[[gnu::noinline]] net::Task<void> serve_in_the_clear(Connection& connection);

}  // namespace bascule::proxy
