#pragma once

#include "base/unique_fd.h"
#include "config/config.h"
#include "daemon/notify.h"

#include <memory>
#include <vector>

namespace bascule::daemon {

/// One configured listener, bound: a socket for each worker and the real address (port 0 is resolved).
struct OpenListener {
    std::shared_ptr<const config::Listener> entry;
    SocketAddress address;
    std::vector<UniqueFd> sockets;  ///< one per worker
    bool redirect_only = false;  ///< mode transparent, but what TPROXY hands over cannot be accepted: no CAP_NET_ADMIN
};

struct OpenedListeners {
    std::vector<OpenListener> listeners;
    std::vector<config::Problem> problems;  ///< all that could not be opened
    std::vector<std::string> unused;        ///< names of passed sockets that are no listener's
};

/// Binds every listener, or takes the socket that the service manager passed under its name (then the workers share
/// that one socket). A problem says who holds the port, or which capability is missing.
OpenedListeners open_listeners(const config::Config& config, std::size_t workers, std::vector<PassedSocket> passed);

/// Whether connections to origins can be marked where upstream.mark says so: else each of them would fail.
std::vector<config::Problem> check_marks(const config::Config& config);

/// "nginx (pid 812)" for the process that listens on this TCP port, as far as /proc shows; else empty.
std::string who_listens_on(std::uint16_t port);

}  // namespace bascule::daemon
