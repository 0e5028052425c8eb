#pragma once

#include "config/config.h"

#include <string>
#include <vector>

namespace bascule::daemon {

/// A key whose new value takes a restart.
struct RestartNeeded {
    std::string listener;  ///< whose it is; empty: the file's
    std::string key;       ///< `address`; empty: the whole listener
    std::string message;   ///< for a person: which key, what it is, and what it will be
    bool operator==(const RestartNeeded&) const = default;
};

/// What of `read` does not come into force before a restart, where `running` is what the daemon was started with, its
/// listeners as they are in force. All other keys are applied by a reload; `listeners[].allow` too, unless the
/// listener's address or mode is among these (see in_force).
std::vector<RestartNeeded> needing_restart(const config::Config& running, const config::Config& read);

/// An open listener once `read` has been read: as it is, with the new `allow` where the two are about the same address
/// and mode. Who may use an address is never said by a list written for another one.
config::Listener in_force(const config::Listener& now, const config::Config& read);

/// How many workers a configuration asks for.
std::size_t worker_count(const config::Config& config);

/// Whether it marks connections to origins anywhere (upstream.mark), which takes CAP_NET_ADMIN.
bool any_mark(const config::Config& config);

}  // namespace bascule::daemon
