#include "inspect/exchange.h"
#include "inspect/line_parts.h"

#include <fmt/format.h>

#include <array>

namespace bascule::inspect {
namespace {

constexpr std::array<std::string_view, 18> kHow{
    "complete", "reset_stream", "ambiguous", "reset",   "truncated", "fin",  "alert",      "timeout", "limit",
    "error",    "drain",        "killed",    "blocked", "denied",    "loop", "unresolved", "refused", "unreachable"};
static_assert(kHow.size() == static_cast<std::size_t>(ExchangeHow::unreachable) + 1);

constexpr std::size_t kLongestUrl = 90;
constexpr std::size_t kLongestType = 40;
constexpr std::size_t kLongestMethod = 16;
constexpr std::size_t kLeastDetail = 40;

template <class Record>
std::string url_of(const Record& record) {
    const bool whole = record.path.starts_with('/') || record.path.empty();
    if (!whole || record.authority.empty()) return record.path;
    return fmt::format("{}://{}{}", record.scheme, record.authority, record.path);
}

/// `application/json` of `application/json; charset=utf-8`
std::string_view media_type(std::string_view content_type) {
    return content_type.substr(0, content_type.find_first_of("; "));
}

Color color_of(std::uint32_t status) {
    if (status >= 500) return Color::red;
    if (status >= 400) return Color::yellow;
    return status >= 300 ? Color::dim : Color::green;
}

void add_answer(Line& line, const ExchangeRecord& record) {
    if (!record.status) return line.add("NO ANSWER", Color::red);
    line.add(fmt::format("{}", *record.status), color_of(*record.status));
    const auto type = media_type(record.response.content_type);
    if (!type.empty()) line.add(" " + readable(shortened(type, kLongestType)));
    line.add(" " + size_text(record.response.body_bytes));
}

void add_headers(Line& line, std::string_view arrow, const MessageFacts& message) {
    for (const auto& [name, value] : message.headers) {
        line.add(fmt::format("\n    {} {}: {}", arrow, readable(name), readable(value)), Color::dim);
    }
}

void add_ending(Line& line, const ExchangeEnd& end) {
    if (end.how == ExchangeHow::complete) return;
    auto detail = end.detail;
    if (detail.empty()) detail = fmt::format("{} by the {}", name_of(end.how), name_of(end.by));
    line.add("; ");
    line.add(shortened(readable(detail), line.room(kLeastDetail)));
}

}  // namespace

std::string_view name_of(ExchangeHow how) {
    return kHow.at(static_cast<std::size_t>(how));
}

void append_short(std::string& out, const ExchangeRecord& record, LineStyle style) {
    Line line(out, style);
    add_front(line, record.time, record.id, record.source, style);
    line.add(fmt::format("{} {}  ", readable(shortened(record.method, kLongestMethod)),
                         readable(shortened(url_of(record), kLongestUrl))));
    add_answer(line, record);
    line.add(" " + span_text(record.timings.total));
    add_ending(line, record.end);
    if (!style.headers) return;
    add_headers(line, ">", record.request);
    add_headers(line, "<", record.response);
}

void append_short(std::string& out, const WebSocketRecord& record, LineStyle style) {
    Line line(out, style);
    add_front(line, record.time, record.id, record.source, style);
    line.add(fmt::format("WEBSOCKET {}  ", readable(shortened(url_of(record), kLongestUrl))));
    line.add(fmt::format("{} up ({}), {} down ({})", record.messages_up, size_text(record.bytes_up),
                         record.messages_down, size_text(record.bytes_down)));
    if (record.close_code) line.add(fmt::format(", closed {}", *record.close_code));
    line.add(" " + span_text(record.duration_ms));
    add_ending(line, record.end);
}

}  // namespace bascule::inspect
