#include "inspect/line/exchange_parts.h"

#include <fmt/format.h>

#include <algorithm>

namespace bascule::inspect {
namespace {

constexpr std::size_t kMethod = 7;
constexpr std::size_t kLeastUrl = 16;
constexpr std::size_t kStatus = 3;
constexpr std::size_t kType = 24;
constexpr std::size_t kSize = 8;
constexpr std::size_t kSpan = 7;
constexpr std::uint16_t kWideWindow = 110;  // from here on there is room for a type

/// What was asked for; it takes what the `behind` columns of the answer leave.
void add_question(Line& line, std::string_view method, std::string_view url, std::size_t behind, LineStyle style) {
    line.add(cell(readable(method), kMethod) + " ");
    const auto taken = line.columns() + behind;
    line.add(cell(readable(url), std::max(kLeastUrl, style.window - std::min<std::size_t>(style.window, taken))));
}

std::size_t columns_of_answer(LineStyle style) {
    const auto type = style.window >= kWideWindow ? kType + 1 : 0;
    return 2 + kStatus + type + 1 + kSize + 1 + kSpan;
}

void add_answer(Line& line, const ExchangeRecord& record, LineStyle style) {
    const bool typed = style.window >= kWideWindow;
    if (!record.status) {
        return line.add(cell("  NO ANSWER", columns_of_answer(style) - kSpan), Color::red);
    }
    line.add(fmt::format("  {}", *record.status), color_of(*record.status));
    if (typed) line.add(" " + cell(readable(media_type(record.response.content_type)), kType));
    line.add(fmt::format(" {:>{}} ", size_text(record.response.body_bytes), kSize));
}

void add_ending(Line& line, const ExchangeEnd& end, LineStyle style) {
    const auto ending = ending_of(end);
    if (ending.empty()) return;
    line.add("\n" + std::string(style.time ? kColumnsOfTime : 0, ' '));
    line.add(ending, Color::yellow);
}

}  // namespace

void append_row(std::string& out, const ExchangeRecord& record, LineStyle style) {
    Line line(out, style);
    add_front(line, record.time, record.id, record.source, style);
    add_question(line, record.method, url_of(record), columns_of_answer(style), style);
    add_answer(line, record, style);
    line.add(fmt::format("{:>{}}", span_text(record.timings.total), kSpan));
    add_ending(line, record.end, style);
}

void append_row(std::string& out, const WebSocketRecord& record, LineStyle style) {
    Line line(out, style);
    add_front(line, record.time, record.id, record.source, style);
    const auto answer = fmt::format("  {} {:>{}}", messages_of(record), span_text(record.duration_ms), kSpan);
    add_question(line, "WS", url_of(record), answer.size(), style);
    line.add(answer);
    add_ending(line, record.end, style);
}

}  // namespace bascule::inspect
