#include "inspect/line.h"

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
constexpr std::size_t kLongestName = 44;
constexpr std::size_t kLongestRule = 20;
constexpr std::size_t kLeastDetail = 80;  // of a failure, however long the name before it
constexpr std::size_t kMostColumns = 198;
constexpr std::size_t kLeastOfAll = 8;

enum class Color : std::uint8_t { none, dim, red, yellow, green };

std::string_view code_of(Color color) {
    constexpr std::array<std::string_view, 5> codes{"", "\x1b[2m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[32m"};
    return codes[static_cast<std::size_t>(color)];
}

/// A line in the making, whose columns are counted without its colours.
class Line {
  public:
    Line(std::string& out, LineStyle style) : out_(out), style_(style), start_(out.size()) {}

    void add(std::string_view text, Color color = Color::none) {
        const bool colored = style_.color && color != Color::none;
        if (colored) out_ += code_of(color);
        out_ += text;
        if (colored) out_ += "\x1b[0m";
        if (colored) extra_ += code_of(color).size() + 4;
    }
    std::size_t columns() const { return out_.size() - start_ - extra_; }
    /// For what comes last: up to `longest` columns, `least` beyond that, and never more than kMostColumns in all.
    std::size_t room(std::size_t least, std::size_t longest = kLongestLine) const {
        const auto wished = columns() + least < longest ? longest - columns() : least;
        const auto there = columns() + kLeastOfAll < kMostColumns ? kMostColumns - columns() : kLeastOfAll;
        return std::min(wished, there);
    }

  private:
    std::string& out_;
    LineStyle style_;
    std::size_t start_;
    std::size_t extra_ = 0;
};

/// The middle goes: the beginning says what, the end what to do.
std::string shortened(std::string_view text, std::size_t room) {
    constexpr std::string_view gap = " ... ";
    if (text.size() <= room) return std::string(text);
    const auto kept = room - std::min(room, gap.size());
    const auto head = utf8_prefix(text, kept / 2);
    auto tail = text.substr(text.size() - (kept - head.size()));
    while (!tail.empty() && (static_cast<unsigned char>(tail.front()) & 0xc0) == 0x80) tail.remove_prefix(1);
    return fmt::format("{}{}{}", head, gap, tail);
}

/// Quotes and backslashes stay as they are: what a peer said was escaped where it was quoted.
std::string readable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char& c : text) {
        if (c >= ' ' && c != 0x7f) {
            out += c;
        } else if (static_cast<unsigned char>(c) >= 0x80) {
            out += c;
        } else {
            out += escape({&c, 1});
        }
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

/// `[2001:db8::7]:4711` without its port, `10.0.0.7:4711` likewise.
std::string_view without_port(std::string_view address) {
    return address.substr(0, address.rfind(':'));
}

bool is_address(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef.:[]") == text.npos;
}

/// Whom the client meant, by name where one is known, and the port.
std::string whom(const ConnectionRecord& record) {
    const auto& target = record.target.empty() ? record.destination : record.target;
    const auto colon = target.rfind(':');
    if (record.server_name.empty() || is_address(record.server_name)) return readable(shortened(target, kLongestName));
    const auto port = colon == target.npos ? std::string_view() : std::string_view(target).substr(colon);
    return readable(shortened(record.server_name, kLongestName)) + std::string(port);
}

std::string place_of(const ConnectionRecord& record) {
    const auto file = record.rule_at.rfind('/');
    return file == std::string::npos ? record.rule_at : record.rule_at.substr(file + 1);
}

void add_front(Line& line, const ConnectionRecord& record, LineStyle style) {
    if (style.time) line.add(time_of_day(record.time), Color::dim);
    line.add(record.id.substr(0, kShownId), Color::dim);
    line.add(fmt::format(" {:<11} ", without_port(record.source)));
}

/// What was spoken: TLSv1.3 h2; http.
std::string spoken(const ConnectionRecord& record) {
    const auto& tls = record.client_tls ? record.client_tls : record.upstream_tls;
    std::string text = tls ? tls->version : record.protocol == "other" ? "" : record.protocol;
    if (!record.alpn.empty()) text += (text.empty() ? "" : " ") + readable(record.alpn);
    return text;
}

void add_relayed(Line& line, const ConnectionRecord& record) {
    line.add(record.action, Color::green);
    line.add(" " + whom(record));
    if (const auto tongue = spoken(record); !tongue.empty()) line.add(" " + tongue);
    line.add(fmt::format(", {} up, {} down, {}", size_text(record.bytes_up), size_text(record.bytes_down),
                         span_text(record.timings.total)));
    if (!record.rule.empty()) line.add(", rule " + readable(shortened(record.rule, kLongestRule)));
}

void add_detail(Line& line, std::string_view before, const ConnectionRecord& record) {
    std::string detail = record.end.detail;
    if (detail.empty()) detail = fmt::format("{} by the {}", name_of(record.end.how), name_of(record.end.by));
    line.add(before);
    line.add(shortened(readable(detail), line.room(kLeastDetail)));
}

}  // namespace

Course course_of(const ConnectionRecord& record) {
    if (record.silent) return Course::silent;
    if (record.end.how == How::blocked) return Course::blocked;
    const bool in_order = record.end.how == How::fin || record.end.how == How::close_notify;
    if (record.end.step != Step::relay) return Course::failed;
    return in_order ? Course::in_order : Course::cut_short;
}

void append_short(std::string& out, const ConnectionRecord& record, LineStyle style) {
    Line line(out, style);
    add_front(line, record, style);
    switch (course_of(record)) {
        case Course::blocked:
            line.add("BLOCKED", Color::yellow);
            line.add(fmt::format(" {} by rule {}", whom(record), readable(shortened(record.rule, kLongestName))));
            if (!record.rule_at.empty()) line.add(fmt::format(" ({})", place_of(record)));
            break;
        case Course::failed:
        case Course::silent: {
            line.add("FAILED", Color::red);
            const auto target = whom(record);
            add_detail(line, target.empty() ? ": " : " " + target + ": ", record);
            break;
        }
        case Course::in_order:
            add_relayed(line, record);
            break;
        case Course::cut_short:
            add_relayed(line, record);
            add_detail(line, "; ", record);
            break;
    }
}

void append_short(std::string& out, const Event& event, LineStyle style) {
    Line line(out, style);
    if (style.time) line.add(time_of_day(event.time), Color::dim);
    const bool calm = event.level <= Level::info;
    if (!calm)
        line.add(fmt::format("{}: ", name_of(event.level)), event.level == Level::error ? Color::red : Color::yellow);
    if (calm) line.add(fmt::format("{}: ", readable(event.name)));
    line.add(shortened(readable(event.message), line.room(kLeastDetail, kMostColumns)));
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
