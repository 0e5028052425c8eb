#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// The HTTP status that tells it.
int status_of(const Ended& ended);

/// Tells both sides how the connection ended, in the form each can understand at that moment (DESIGN.md section 3, the
/// table of endings): an HTTP status or SOCKS code before the 200, a fatal alert for a client that waits for our
/// ServerHello, an end in order on drain, else a reset. Takes at most a second.
net::Task<void> say_farewell(Connection& connection, const Ended& ended);

/// The alert for a client that waits for our ServerHello.
std::uint8_t alert_for(const Ended& ended);

}  // namespace bascule::proxy
