#pragma once

#include "config/config.h"

#include <optional>
#include <string>
#include <vector>

namespace bascule::config {

/// One key that says something about a connection: its value as written, and where; at line 0, it is the default.
struct Applied {
    std::string key;  ///< `upstream.verify`; those that only rules have without a section: `check`
    std::string value;
    Place place;
};

/// The values for connections of the `listener`th listener that the `rule`th rule decides over (nothing: none matches),
/// in the order of the manual. Reads the file anew, which must be one that load() finds nothing wrong with; empty where
/// it cannot be read any more.
std::vector<Applied> applied_settings(const std::string& path, std::size_t listener, std::optional<std::size_t> rule);

}  // namespace bascule::config
