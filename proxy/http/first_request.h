#pragma once

#include "proxy/connection.h"

/// What the first request of a connection in plain HTTP says of where it goes. Later requests are not looked at.
namespace bascule::proxy {

/// Takes the server name from the request that these first octets are (Connection::server_name; as strictly as a
/// CONNECT target), on a listener of mode sni also the destination. Where servers could read another name from it than
/// we do, or none can be read, the connection gets Connection::unreadable instead. From then on the client waits for an
/// HTTP reply. False: the head is not whole yet. Throws Ended.
bool take_first_request(Connection& connection, ByteView bytes);

/// The client ended its direction within the head, or it is longer than any server reads.
void take_unfinished_request(Connection& connection);

/// For a request whose name is not known, where a rule asks for it: it would be a way past that rule. Throws Ended.
void refuse_unreadable_request(const Connection& connection);

/// Whether the client's first octets are a request, once that can be told of them; they are put back.
net::Task<bool> begins_with_request(net::Stream& client);

}  // namespace bascule::proxy
