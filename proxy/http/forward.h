#pragma once

#include "proxy/connection.h"

/// Plain HTTP through an explicit listener: requests in absolute-form, each for an origin of its own.
namespace bascule::proxy {

enum class Forwarded : std::uint8_t {
    to_the_end,       ///< the connection has ended, and its ending is filled in
    until_a_connect,  ///< what the client has asked for last is a tunnel, as learn_destination() leaves it
};

/// Steps 2 to 7 again and again, from the request that the connection has on: each request is judged and brought to its
/// origin by itself, one after the other, while both sides keep their connections (RFC 9112 section 9.3). The
/// connection upstream is used again for the same origin under the same rule. What cannot be forwarded is answered
/// here, and the client's connection goes on where the end of its request can be found. Throws Ended.
net::Task<Forwarded> forward(Connection& connection);

}  // namespace bascule::proxy
