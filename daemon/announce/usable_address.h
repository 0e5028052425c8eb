#pragma once

#include "daemon/sockets.h"

#include <vector>

namespace bascule::daemon {

/// Where somebody on this machine reaches the listener: its own address, or, where it listens on all, loopback, or,
/// where its `allow` keeps loopback out, the first of `own` that may connect.
SocketAddress usable_address(const OpenListener& listener, const std::vector<IpAddress>& own);
}  // namespace bascule::daemon
