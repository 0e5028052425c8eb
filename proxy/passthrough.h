#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Only TLS that we end can be asked for a certificate: nothing else goes through a listener that asks (client_ca).
/// Throws Ended.
void refuse_unasked(const Connection& connection);

/// Step 7 for bytes that are not touched: TLS that a rule passes through, anything else.
net::Task<void> passthrough(Connection& connection);

}  // namespace bascule::proxy
