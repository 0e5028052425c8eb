#pragma once

#include "proxy/connection.h"
#include "proxy/entry/preface.h"

namespace bascule::proxy {

/// Only TLS that we end can be asked for a certificate: nothing else goes through a listener that asks (client_ca).
/// Throws Ended.
void refuse_unasked(const Connection& connection);

/// Step 7 for bytes that are not touched: TLS that a rule passes through, plain HTTP, anything else.
net::Task<void> passthrough(Connection& connection);

/// One plain HTTP exchange: the request in origin-form, its body and no more than that; then the answer until the
/// origin ends it. A second request on the connection never reaches this origin.
net::Task<void> exchange(Connection& connection, PlainRequest request);

}  // namespace bascule::proxy
