#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The service manager's side of the daemon (sd_notify(3), sd_listen_fds(3)): plain datagrams and environment
/// variables, no library.
namespace bascule::daemon {

/// Sends e.g. "READY=1\nSTATUS=..." to $NOTIFY_SOCKET; does nothing without one. Multi-line.
void notify(std::string_view state);

/// How often WATCHDOG=1 is expected (WATCHDOG_USEC), if this process is watched.
std::optional<std::chrono::microseconds> watchdog_interval();

/// A socket that the service manager passed (LISTEN_FDS from 3 on, LISTEN_FDNAMES).
struct PassedSocket {
    int fd = -1;
    std::string name;
};
/// All of them, close-on-exec; empties the environment variables, so that it answers once.
std::vector<PassedSocket> passed_sockets();

}  // namespace bascule::daemon
