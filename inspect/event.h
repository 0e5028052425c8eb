#pragma once

#include "base/duration.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace bascule::inspect {

enum class Level : std::uint8_t { debug, info, warning, error };

std::string_view name_of(Level level);
/// As syslog counts (RFC 5424 section 6.2.1): 7 debug, 6 informational, 4 warning, 3 error.
int priority_of(Level level);

using Field = std::pair<std::string_view, std::string_view>;

/// A log line that is not about one whole connection. Views only: it lives as long as the call that writes it.
struct Event {
    WallTime time;
    Level level;
    std::string_view name;
    std::string_view message;
    std::span<const Field> fields;
};

}  // namespace bascule::inspect
