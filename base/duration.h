#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bascule {

/// Spans of time are nanoseconds of the monotonic clock; `WallTime` is only for people and certificates.
using Duration = std::chrono::nanoseconds;
using WallTime = std::chrono::system_clock::time_point;

/// `250ms`, `10s`, `5m`, `1h`, `30d`: digits and one unit. Nothing where it is anything else or overflows.
std::optional<Duration> parse_duration(std::string_view text);
/// The shortest such text ("90s", not "1m30s").
std::string format_duration(Duration span);

/// `512`, `64KiB`, `1MiB`, `2GiB`: octets, and a binary unit. Nothing where it is anything else or overflows.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// RFC 3339 in UTC with microseconds: 2026-11-23T05:04:03.000001Z
std::string format_time(WallTime time);

}  // namespace bascule
