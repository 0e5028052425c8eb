#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Whether a client that waits for our ServerHello is told by a page instead of an alert (`error_page`): it offered
/// HTTP or no protocol at all, its rule would have had it intercepted or blocked, and there is no way to the origin.
bool is_told_by_page(const Connection& connection, const Ended& ended);

/// Shakes hands with the client, with a leaf of ours for the name it asked for and nothing of the origin's, and answers
/// its request by a page; where what it says first is no request, ends by the alert after all. The exchange has its
/// record; the end of the connection's stays what it is. Does not throw Ended.
net::Task<void> tell_by_page(Connection& connection, const Ended& ended);

}  // namespace bascule::proxy
