#pragma once

#include <string>

namespace bascule::daemon {

/// `bascule run`: reads the configuration, opens everything, serves until a signal ends it. The exit code.
int run_server(const std::string& config_file);

}  // namespace bascule::daemon
