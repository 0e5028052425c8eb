#include "base/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>
#include <limits>
#include <utility>

namespace bascule {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

/// Digits followed by one of `units`; multiplied out, at most `limit`.
template <std::size_t N>
std::optional<std::uint64_t> parse_quantity(std::string_view text, const std::array<Unit, N>& units,
                                            std::uint64_t limit) {
    std::uint64_t count = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (fault != std::errc{}) return std::nullopt;
    const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (const auto& [name, factor] : units) {
        if (suffix != name) continue;
        if (count > limit / factor) return std::nullopt;
        return count * factor;
    }
    return std::nullopt;
}

constexpr std::array<Unit, 5> kTimeUnits{{{"d", 86'400'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"s", 1'000'000'000},
                                          {"ms", 1'000'000}}};
constexpr std::array<Unit, 4> kSizeUnits{{{"", 1}, {"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30}}};

std::string second_text(std::time_t second) {
    std::tm parts{};
    gmtime_r(&second, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    const auto count = parse_quantity(text, kTimeUnits, std::numeric_limits<std::int64_t>::max() / 4);
    if (!count) return std::nullopt;
    return Duration(static_cast<std::int64_t>(*count));
}

std::string format_duration(Duration span) {
    for (const auto& [name, factor] : kTimeUnits) {
        const auto unit = static_cast<std::int64_t>(factor);
        if (span.count() >= unit && span.count() % unit == 0) return fmt::format("{}{}", span.count() / unit, name);
    }
    return fmt::format("{}ms", span.count() / 1'000'000);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse_quantity(text, kSizeUnits, std::numeric_limits<std::uint64_t>::max() / 2);
}

// Each record has one, and most have the same second as the one before.
std::string format_time(WallTime time) {
    struct Second {
        std::time_t at = 0;
        std::string text = second_text(0);
    };
    static thread_local Second last;
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    const auto at = second.time_since_epoch().count();
    if (at != last.at) last = {at, second_text(at)};
    auto micros = std::chrono::floor<std::chrono::microseconds>(time - second).count();
    std::string text = last.text + ".000000Z";
    for (auto digit = text.end() - 2; micros > 0; --digit, micros /= 10) *digit = static_cast<char>('0' + micros % 10);
    return text;
}

}  // namespace bascule
