#pragma once

#include "net/relay.h"
#include "proxy/connection.h"

namespace bascule::proxy {

/// Step 7: relays until both sides have ended and fills in the ending. Throws Ended where a timeout ends it.
net::Task<void> relay_streams(Connection& connection, net::Stream& client, net::Stream& upstream, net::Tap* tap,
                              net::Watcher* watcher = nullptr);

}  // namespace bascule::proxy
