#pragma once

#include "config/config.h"

#include <string>
#include <vector>

namespace bascule::daemon {

/// What a configuration gives up of what is safe by default, with the rule that does: told at every start and reload.
struct Warning {
    std::string event;
    std::string message;
};
std::vector<Warning> warnings_of(const config::Config& config);

}  // namespace bascule::daemon
