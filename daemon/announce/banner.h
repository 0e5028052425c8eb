#pragma once

#include "daemon/sockets.h"
#include "proxy/policy/policy.h"

#include <string>
#include <vector>

namespace bascule::daemon {

/// What stands on stdout when the daemon has started, one screen: the file read, the listeners, the CA, how a client
/// comes to trust it, and a line to try.
std::string banner(const proxy::Policy& policy, const std::vector<OpenListener>& listeners);

}  // namespace bascule::daemon
