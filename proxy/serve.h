#pragma once

#include "net/listener.h"
#include "net/task/nursery.h"
#include "proxy/services.h"

namespace bascule::proxy {

/// Accepts on one listener until cancelled, and starts the story of each connection in `connections`. Refuses at once,
/// with a reset and a record, a source outside `allow` and what is over a limit. When descriptors run out it pauses,
/// says so once, and goes on. `entry` outlives it and may be replaced: each connection has the one that it began with.
net::Task<void> serve(Services& services, net::Listener& listener, const std::shared_ptr<const config::Listener>& entry,
                      net::Nursery& connections);

}  // namespace bascule::proxy
