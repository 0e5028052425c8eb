#pragma once

#include "bench/whole/origin.h"

namespace bascule::bench {

struct LoadOptions {
    std::uint16_t port = 0;
    std::size_t connections = 1;
    std::size_t parallel = 16;  ///< threads, each with one connection at a time
    std::size_t requests = 0;   ///< hold: on each connection, when told
    bool tls12 = false;
    std::string names;  ///< not empty: each connection asks for a name of its own that begins like this
    Request request;
};

/// Each connection is opened, makes one request, and is closed. Prints one line of JSON.
int run_new(const LoadOptions& options);

/// Opens connections and makes one request on each; prints a line; after a line on stdin makes `requests` on each, and
/// prints another.
int run_hold(const LoadOptions& options);

}  // namespace bascule::bench
