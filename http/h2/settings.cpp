#include "http/h2/settings.h"

#include "http/h2/bad.h"

#include <algorithm>

namespace bascule::http::h2 {
namespace {

// A side announces once, and again when something changes; a peer that is this far behind acknowledges nothing.
constexpr std::size_t kMostInFlight = 64;
constexpr std::size_t kSetting = 6;
constexpr std::uint32_t kSmallestFrameLimit = 1 << 14;
constexpr std::uint32_t kLargestFrameLimit = (1 << 24) - 1;

enum Name : std::uint16_t {
    header_table_size = 1,
    enable_push = 2,
    initial_window_size = 4,
    max_frame_size = 5,
    enable_connect_protocol = 8,
};

void check_flag(std::uint32_t value) {
    if (value > 1) refuse("a setting that is 0 or 1 is neither (RFC 9113 section 6.5.2)");
}

void check_window(std::uint32_t value) {
    if (value > kLargestWindow)
        refuse("SETTINGS_INITIAL_WINDOW_SIZE is above 2^31-1 (RFC 9113 section 6.5.2)", Code::flow_control_error);
}

void take_table(std::optional<TableSize>& table, std::uint32_t value) {
    table = TableSize{table ? std::min(table->smallest, value) : value, value};
}

}  // namespace

void Settings::announce(Side by, ByteView payload) {
    if (payload.size() % kSetting != 0)
        refuse("SETTINGS is not a multiple of six octets (RFC 9113 section 6.5)", Code::frame_size_error);
    if (in_flight_.size() >= kMostInFlight)
        flooded("SETTINGS flood: 64 of them wait to be acknowledged (CVE-2019-9515)");
    InFlight announced;
    for (; !payload.empty(); payload = payload.subspan(kSetting)) {
        take(by, announced, static_cast<std::uint16_t>(payload[0] << 8 | payload[1]), read_u32(payload.subspan(2)));
    }
    in_flight_.push_back(announced);
}

void Settings::take(Side by, InFlight& announced, std::uint16_t name, std::uint32_t value) {
    switch (name) {
        case header_table_size:
            return take_table(announced.table, value);
        case enable_push:
            return take_push(by, announced, value);
        case initial_window_size:
            return take_window(announced, value);
        case max_frame_size:
            return take_frame_limit(value);
        case enable_connect_protocol:
            check_flag(value);
            extended_connect_ |= value == 1;  // it cannot be taken back (RFC 8441 section 3)
            return;
        default:
            return;
    }
}

void Settings::take_window(InFlight& announced, std::uint32_t value) {
    check_window(value);
    announced.window = std::max(announced.window.value_or(0), value);
    announced.last_window = value;
}

std::uint32_t Settings::stream_window() const {
    auto largest = window_;
    for (const auto& announced : in_flight_) largest = std::max(largest, announced.window.value_or(0));
    return largest;
}

void Settings::take_push(Side by, InFlight& announced, std::uint32_t value) {
    check_flag(value);
    if (by == Side::origin && value == 1) refuse("the origin asks for pushes (RFC 9113 section 6.5.2)");
    announced.push = value == 1;
}

void Settings::take_frame_limit(std::uint32_t value) {
    if (value < kSmallestFrameLimit || value > kLargestFrameLimit)
        refuse("SETTINGS_MAX_FRAME_SIZE is not within 2^14 and 2^24-1 (RFC 9113 section 6.5.2)");
    frame_limit_ = std::max(frame_limit_, value);
}

std::optional<TableSize> Settings::acknowledged() {
    if (in_flight_.empty()) refuse("settings are acknowledged that were not announced (RFC 9113 section 6.5.3)");
    const auto effective = in_flight_.front();
    in_flight_.erase(in_flight_.begin());
    if (effective.push) allows_push_ = *effective.push;
    if (effective.window) window_ = effective.last_window;
    return effective.table;
}

}  // namespace bascule::http::h2
