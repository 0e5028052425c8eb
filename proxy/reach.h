#pragma once

#include "proxy/connection.h"

/// Steps 4 and 5 of a connection: the verdict, and the way to the origin.
namespace bascule::proxy {

/// Judges by what is known so far, resolving the name if a rule tests an address. True: the verdict stands (it is in
/// connection.verdict; where it is `block`, Ended is thrown). False: it depends on the hello.
net::Task<bool> decide(Connection& connection);

/// Whether one of our own listeners is at this address.
bool is_this_proxy(const Connection& connection, const SocketAddress& address);

/// Whether the address is among those never connected to: destinations.deny, and loopback for a listener that is not
/// on loopback.
bool is_denied(const Connection& connection, const SocketAddress& address);

/// Resolves the target (unless it is known) and connects to one of the addresses that may be connected. Throws Ended:
/// unresolved, denied, loop, refused, unreachable, timeout.
net::Task<void> reach_upstream(Connection& connection);

/// A new TCP connection to the address that was connected, in place of the one that is there.
net::Task<void> reconnect_upstream(Connection& connection);

}  // namespace bascule::proxy
