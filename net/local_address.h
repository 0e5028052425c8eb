#pragma once

#include "base/address.h"

namespace bascule::net {

/// Whether connecting to `ip` reaches this machine: loopback, unspecified, or an address of one of its interfaces
/// (asked of the kernel at each call).
bool is_local_address(const IpAddress& ip);

}  // namespace bascule::net
