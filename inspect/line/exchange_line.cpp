#include "inspect/exchange.h"
#include "inspect/line/exchange_parts.h"

#include <fmt/format.h>

#include <array>

namespace bascule::inspect {
namespace {

constexpr std::array<std::string_view, 19> kHow{"complete",   "reset_stream", "ambiguous",   "reset",      "truncated",
                                                "fin",        "alert",        "timeout",     "limit",      "error",
                                                "drain",      "killed",       "blocked",     "denied",     "loop",
                                                "unresolved", "refused",      "unreachable", "client_gone"};
static_assert(kHow.size() == static_cast<std::size_t>(ExchangeHow::client_gone) + 1);

constexpr std::size_t kLongestUrl = 90;
constexpr std::size_t kLongestType = 40;
constexpr std::size_t kLongestMethod = 16;
constexpr std::size_t kLeastDetail = 40;

void add_answer(Line& line, const ExchangeRecord& record) {
    if (!record.status) return line.add("NO ANSWER", Color::red);
    line.add(fmt::format("{}", *record.status), color_of(*record.status));
    const auto type = media_type(record.response.content_type);
    if (!type.empty()) line.add(" " + readable(line.fit(type, kLongestType)));
    line.add(" " + size_text(record.response.body_bytes));
}

void add_headers(Line& line, std::string_view arrow, const MessageFacts& message) {
    for (const auto& [name, value] : message.headers) {
        line.add(fmt::format("\n    {} {}: {}", arrow, readable(name), readable(value)), Color::dim);
    }
}

void add_ending(Line& line, const ExchangeEnd& end) {
    const auto ending = ending_of(end);
    if (ending.empty()) return;
    line.add("; ");
    line.add(line.fit(ending, line.room(kLeastDetail)));
}

void append_one_line(std::string& out, const ExchangeRecord& record, LineStyle style) {
    Line line(out, style);
    add_front(line, record.time, record.id, record.source, style);
    line.add(fmt::format("{} {}  ", readable(line.fit(record.method, kLongestMethod)),
                         readable(line.fit(url_of(record), kLongestUrl))));
    add_answer(line, record);
    line.add(" " + span_text(record.timings.total));
    add_ending(line, record.end);
}

}  // namespace

std::string_view name_of(ExchangeHow how) {
    return kHow.at(static_cast<std::size_t>(how));
}

void append_short(std::string& out, const ExchangeRecord& record, LineStyle style) {
    if (style.window != 0) {
        append_row(out, record, style);
    } else {
        append_one_line(out, record, style);
    }
    if (!style.headers) return;
    Line line(out, style);
    add_headers(line, ">", record.request);
    add_headers(line, "<", record.response);
}

void append_short(std::string& out, const WebSocketRecord& record, LineStyle style) {
    if (style.window != 0) return append_row(out, record, style);
    Line line(out, style);
    add_front(line, record.time, record.id, record.source, style);
    line.add(fmt::format("WEBSOCKET {}  {}", readable(line.fit(url_of(record), kLongestUrl)), messages_of(record)));
    line.add(" " + span_text(record.duration_ms));
    add_ending(line, record.end);
}

}  // namespace bascule::inspect
