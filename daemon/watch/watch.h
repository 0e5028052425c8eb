#pragma once

#include <string>
#include <vector>

namespace bascule::daemon {

struct WatchOptions {
    std::string listen;                ///< IP:PORT; empty: 127.0.0.1 and a free port with a command, 8080 without
    std::string config;                ///< a configuration with an explicit listener; empty: one is made
    std::vector<std::string> command;  ///< run with the proxy and its CA in its environment; empty: until a signal
    bool capture = false;              ///< the command runs where every connection comes to us, and is told of no proxy
    bool headers = false;
    bool body = false;
    std::string har;  ///< where the exchanges are written as HAR; empty: nowhere
    bool json = false;
};

/// `bascule watch`: a daemon for one's own machine, whose lines about exchanges (and about connections that came to
/// none) go to stdout. The exit code is the command's, 128 and the signal's number where one ended it.
int watch(const WatchOptions& options);

}  // namespace bascule::daemon
