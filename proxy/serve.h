#pragma once

#include "net/listener.h"
#include "net/task/nursery.h"
#include "proxy/services.h"

namespace bascule::proxy {

/// Accepts on one listener until cancelled, and starts the story of each connection in `connections`. Refuses at once,
/// with a reset and a record, a source outside `allow` and what is over a limit. When descriptors run out it pauses,
/// says so once, and goes on.
net::Task<void> serve(Services& services, net::Listener& listener, std::shared_ptr<const config::Listener> entry,
                      net::Nursery& connections);

}  // namespace bascule::proxy
