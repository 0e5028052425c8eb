#pragma once

#include "base/address.h"

#include <vector>

namespace bascule::net {

/// Whether connecting to `ip` reaches this machine: loopback, unspecified, or an address of one of its interfaces
/// (asked of the kernel at each call).
bool is_local_address(const IpAddress& ip);

/// The addresses of this machine's interfaces, in the kernel's order.
std::vector<IpAddress> local_addresses();

}  // namespace bascule::net
