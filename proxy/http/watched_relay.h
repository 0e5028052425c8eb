#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Relays what is HTTP, watched. A message that is not passed on ends the connection: the client is told in HTTP where
/// nothing of an answer has gone to it, else its answer is cut short, as it was. Throws Ended. In the clear it also
/// returns where a tunnel begins, with nothing of it passed on (`connection.traffic.stopped`). noinline: else its frame
/// were part of the caller's, also where nothing is watched.
[[gnu::noinline]] net::Task<void> relay_watched(Connection& connection, net::Stream& client, net::Stream& upstream);

/// One exchange of HTTP/1 for which both streams are there, the request's head among what `client` gives: relays until
/// it is over() (`connection.traffic.stopped`; both streams can be used on), or the client has gone, or what it has
/// turned into has ended. What does not pass ends it as above. Where HTTP is not inspected it is not recorded.
net::Task<void> relay_exchange_watched(Connection& connection, net::Stream& client, net::Stream& upstream);

}  // namespace bascule::proxy
