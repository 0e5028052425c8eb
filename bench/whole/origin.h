#pragma once

#include "bench/whole/tls.h"

namespace bascule::bench {

/// What the load generator asks of the origin.
struct Request {
    std::uint64_t down = 0, up = 0;
    int renegotiations = 0, origin_renegotiations = 0;
    double stall = 0, origin_stall = 0;
};

/// Serves until it is killed, with leaves under the CA in this directory; prints {"port": N} first.
int run_origin(const std::string& authority);

}  // namespace bascule::bench
