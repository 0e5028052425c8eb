#pragma once

#include "proxy/connection.h"

/// Step 2 of a connection: where does the client want to go?
namespace bascule::proxy {

/// Reads what comes before the client's own bytes, by the listener's mode (PROXY header, CONNECT, SOCKS, absolute-form
/// request), and fills in source, target, awaits, and the request where it is a plain one. Throws Ended.
net::Task<void> learn_destination(Connection& connection);

/// The same for the request that follows on one that had its answer, once its first octets are there: what is known of
/// the one before is forgotten, but for the connection upstream. It may be a CONNECT. Throws Ended.
net::Task<void> next_request(Connection& connection);

/// Tells a client that asked by CONNECT or SOCKS that the connection stands.
void confirm(Connection& connection);

}  // namespace bascule::proxy
