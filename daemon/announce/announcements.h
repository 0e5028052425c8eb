#pragma once

#include "daemon/sockets.h"
#include "inspect/log.h"
#include "proxy/policy/policy.h"

#include <string>
#include <vector>

/// What the log says of a configuration that has come into force, and what the service manager shows of it.
namespace bascule::daemon {

/// A line for each listener, with its real address.
void announce_listeners(inspect::Log& log, const std::vector<OpenListener>& listeners);

/// Once, at start: what peers can do and the OpenSSL that is there cannot.
void tell_what_is_missing(inspect::Log& log);

/// What is given up of what is safe by default, and what may not be what is wanted.
void warn_of_what_is_given_up(inspect::Log& log, const proxy::Policy& policy);

/// "2 listeners, 5 rules, CA expires 2031-11-25".
std::string status_of(std::size_t listeners, const proxy::Policy& policy);

/// "1 rule", "2 rules".
std::string count_of(std::size_t count, std::string_view what);

}  // namespace bascule::daemon
