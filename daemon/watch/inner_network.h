#pragma once

#include "base/unique_fd.h"

#include <vector>

namespace bascule::daemon {

/// Whether this machine has a route to other machines by IPv6.
bool has_ipv6_route();

/// The sockets of a captured command's network namespace that are served from outside of it.
struct InnerSockets {
    UniqueFd connections;   ///< listens: every TCP connection that leaves, its destination in SO_ORIGINAL_DST
    UniqueFd name_streams;  ///< listens: DNS over TCP, whichever server was meant
    std::vector<UniqueFd> name_queries;  ///< DNS over UDP, one socket for each family
};

/// In a network namespace of our own: an interface over which everything has a route, and rules that send TCP and DNS
/// to these sockets. Other UDP is told at once that it is unreachable; what goes to loopback stays within. A socket
/// belongs to the namespace it was made in, so that nothing of this is on the host, and all of it ends with those who
/// use it. Runs ip(8) and nft(8). Throws Error.
InnerSockets make_inner_network(bool ipv6);

}  // namespace bascule::daemon
