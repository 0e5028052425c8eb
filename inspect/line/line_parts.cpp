#include "inspect/line/line_parts.h"

#include "base/text.h"
#include "inspect/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace bascule::inspect {
namespace {

constexpr std::size_t kShownId = 7;
constexpr std::size_t kLeastOfAll = 8;

std::string_view code_of(Color color) {
    constexpr std::array<std::string_view, 5> codes{"", "\x1b[2m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[32m"};
    return codes[static_cast<std::size_t>(color)];
}

bool continues(char octet) {
    return (static_cast<unsigned char>(octet) & 0xc0) == 0x80;
}

/// Of UTF-8.
std::size_t code_points(std::string_view text) {
    return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues));
}

/// `[2001:db8::7]:4711` without its port, `10.0.0.7:4711` likewise.
std::string_view without_port(std::string_view address) {
    return address.substr(0, address.rfind(':'));
}

}  // namespace

void Line::add(std::string_view text, Color color) {
    const bool colored = style_.color && color != Color::none;
    if (colored) out_ += code_of(color);
    out_ += text;
    if (colored) out_ += "\x1b[0m";
    if (colored) extra_ += code_of(color).size() + 4;
    extra_ += text.size() - code_points(text);
}

std::string Line::fit(std::string_view text, std::size_t room) const {
    return style_.whole || style_.window != 0 ? std::string(text) : shortened(text, room);
}

std::size_t Line::room(std::size_t least, std::size_t longest) const {
    const auto wished = columns() + least < longest ? longest - columns() : least;
    const auto there = columns() + kLeastOfAll < kMostColumns ? kMostColumns - columns() : kLeastOfAll;
    return std::min(wished, there);
}

std::string shortened(std::string_view text, std::size_t room) {
    constexpr std::string_view gap = " ... ";
    if (text.size() <= room) return std::string(text);
    const auto kept = room - std::min(room, gap.size());
    const auto head = utf8_prefix(text, kept / 2);
    auto tail = text.substr(text.size() - (kept - head.size()));
    while (!tail.empty() && continues(tail.front())) tail.remove_prefix(1);
    return fmt::format("{}{}{}", head, gap, tail);
}

std::string cell(std::string_view text, std::size_t columns) {
    const auto length = code_points(text);
    if (length <= columns) return std::string(text) + std::string(columns - length, ' ');
    std::size_t octets = 0;
    for (std::size_t seen = 0; octets < text.size(); ++octets) {
        if (!continues(text[octets]) && ++seen == columns) break;
    }
    return std::string(text.substr(0, octets)) + "\u2026";
}

std::string readable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto [value, length] = decode_utf8(text);
        const auto piece = text.substr(0, std::max<std::size_t>(length, 1));
        const bool quote = value == '"' || value == '\\';
        out += length > 0 && (quote || is_printable(value)) ? std::string(piece) : escape(piece);
        text.remove_prefix(piece.size());
    }
    return out;
}

std::string time_of_day(WallTime time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time - whole).count();
    return fmt::format("{:02}:{:02}:{:02}.{:03} ", local.tm_hour, local.tm_min, local.tm_sec, millis);
}

void add_front(Line& line, WallTime time, std::string_view id, std::string_view source, LineStyle style) {
    if (style.time) line.add(time_of_day(time), Color::dim);
    if (style.window != 0) return;
    line.add(id.substr(0, kShownId), Color::dim);
    line.add(fmt::format(" {:<11} ", without_port(source)));
}

std::string size_text(std::uint64_t octets) {
    if (octets < 1000) return fmt::format("{} B", octets);
    constexpr std::array<std::string_view, 6> units{"kB", "MB", "GB", "TB", "PB", "EB"};
    auto value = static_cast<double>(octets) / 1000;
    std::size_t unit = 0;
    while (value >= 999.95 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string span_text(double milliseconds) {
    if (milliseconds < 9.95) return fmt::format("{:.1f} ms", milliseconds);
    if (milliseconds < 999.5) return fmt::format("{:.0f} ms", milliseconds);
    if (milliseconds < 59'950) return fmt::format("{:.1f} s", milliseconds / 1000);
    const auto seconds = std::llround(milliseconds / 1000);
    if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
    return fmt::format("{}h{:02}m", seconds / 3600, seconds % 3600 / 60);
}

}  // namespace bascule::inspect
