#pragma once

#include "proxy/connection.h"

/// Where relayed octets go through HTTP, and by which of its two ways: watched, or acted on.
namespace bascule::proxy {

/// Step 7: relays, with HTTP inspected where a rule has it (`inspect`). Throws Ended, as relay_watched() does.
net::Task<void> relay_inspected(Connection& connection, net::Stream& client, net::Stream& upstream);

/// The same for one exchange of HTTP/1 in the clear, as relay_exchange_watched().
net::Task<void> relay_exchange(Connection& connection, net::Stream& client, net::Stream& upstream);

}  // namespace bascule::proxy
