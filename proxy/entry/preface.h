#pragma once

#include "http/h1/head.h"
#include "proxy/connection.h"

#include <optional>

/// Step 2 of a connection: where does the client want to go?
namespace bascule::proxy {

/// The plain HTTP request that an explicit listener got in absolute-form.
struct PlainRequest {
    http::RequestHead head;
    http::AbsoluteTarget target;
};

/// Reads what comes before the client's own bytes, by the listener's mode (PROXY header, CONNECT, SOCKS, absolute-form
/// request), and fills in source, target, awaits. The request, where it is a plain one. Throws Ended.
net::Task<std::optional<PlainRequest>> learn_destination(Connection& connection);

/// The same for the request that follows on one that had its answer, once its first octets are there: what is known of
/// the one before is forgotten, but for the connection upstream. Nothing: it is a CONNECT. Throws Ended.
net::Task<std::optional<PlainRequest>> next_request(Connection& connection);

/// Tells a client that asked by CONNECT or SOCKS that the connection stands.
void confirm(Connection& connection);

}  // namespace bascule::proxy
