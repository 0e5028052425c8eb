#pragma once

#include "config/config.h"

#include <string>

namespace bascule::daemon {

/// Where what must outlive the process is kept: $STATE_DIRECTORY (systemd.exec(5); the first of several), else
/// /var/lib/bascule.
std::string state_directory();

/// Whether connections of this configuration may teach what `bascule learned` lists.
bool learns(const config::Config& config);

}  // namespace bascule::daemon
