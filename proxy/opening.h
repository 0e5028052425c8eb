#pragma once

#include "proxy/connection.h"

/// Step 3 of a connection: what does the client say first?
namespace bascule::proxy {

/// Reads the client's first bytes without answering, until they are known to be a ClientHello, plain HTTP or something
/// else, and leaves them unread. Fills in protocol, hello and server name. False: the client has said nothing within
/// timeouts.first_bytes, and may be waiting for the origin to speak. Throws Ended.
net::Task<bool> peek(Connection& connection);

/// For a connection in which TLS is to begin now: reads the ClientHello of connection.client, which is left unread, and
/// fills in as peek() does. Throws Ended, also for what is no ClientHello.
net::Task<void> read_hello(Connection& connection);

/// Until a peer has said something, which is left unread, or has ended.
net::Task<void> first_bytes(net::Stream& peer);

/// For a client that was silent: once either side speaks, looks at what the client said, if it was the client.
net::Task<void> wait_for_first_word(Connection& connection);

}  // namespace bascule::proxy
