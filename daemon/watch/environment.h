#pragma once

#include "daemon/watch/home.h"

#include <string>
#include <utility>
#include <vector>

namespace bascule::daemon {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// The variables by which programs find what to trust.
Environment trust_environment(const Home& home);
/// The same, and those by which they find a proxy (at `address`).
Environment environment_for(const Home& home, const std::string& address);

/// In a child: whatever proxy the caller has told programs of, they are not to look for one.
void forget_proxies();

}  // namespace bascule::daemon
