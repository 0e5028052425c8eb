#pragma once

#include "net/stream.h"
#include "proxy/connection.h"

/// The second way of HTTP: messages are taken in on one leg, judged by the rules of `http:`, changed, and issued on the
/// other, where a rule that acts might match what is known of the connection. All others are watched.
namespace bascule::proxy {

/// Whether rules may act in this connection, by what is known of it.
bool is_acted_on(const Connection& connection);

/// The same, and whether HTTP is spoken in it, which without ALPN is known when the first octets come. These are
/// noinline: else their frames were part of the relay's, also where nothing is acted on.
[[gnu::noinline]] net::Task<bool> is_to_be_acted_on(const Connection& connection, net::Stream& client,
                                                    net::Stream& upstream);

/// Step 7 for such a connection, until both sides have ended. The two legs speak the same version, which ALPN says.
/// Throws Ended as relay_watched() does.
[[gnu::noinline]] net::Task<void> relay_acted(Connection& connection, net::Stream& client, net::Stream& upstream);

/// The same for one exchange of HTTP/1 in the clear, as relay_exchange(): both streams can be used on.
[[gnu::noinline]] net::Task<void> relay_exchange_acted(Connection& connection, net::Stream& client,
                                                       net::Stream& upstream);

}  // namespace bascule::proxy
