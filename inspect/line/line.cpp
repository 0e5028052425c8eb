#include "inspect/line/line.h"

#include "inspect/line/line_parts.h"

#include <fmt/format.h>

namespace bascule::inspect {
namespace {

constexpr std::size_t kLongestName = 44;
constexpr std::size_t kLongestRule = 20;
constexpr std::size_t kLeastDetail = 80;  // of a failure, however long the name before it

bool is_address(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef.:[]") == text.npos;
}

/// Whom the client meant, by name where one is known, and the port.
std::string whom(const Line& line, const ConnectionRecord& record) {
    const auto& target = record.target.empty() ? record.destination : record.target;
    const auto colon = target.rfind(':');
    if (record.server_name.empty() || is_address(record.server_name)) return readable(line.fit(target, kLongestName));
    const auto port = colon == target.npos ? std::string_view() : std::string_view(target).substr(colon);
    return readable(line.fit(record.server_name, kLongestName)) + std::string(port);
}

std::string place_of(const ConnectionRecord& record) {
    const auto file = record.rule_at.rfind('/');
    return file == std::string::npos ? record.rule_at : record.rule_at.substr(file + 1);
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
    line.add(" " + whom(line, record));
    if (const auto tongue = spoken(record); !tongue.empty()) line.add(" " + tongue);
    line.add(fmt::format(", {} up, {} down, {}", size_text(record.bytes_up), size_text(record.bytes_down),
                         span_text(record.timings.total)));
    if (record.exchanges)
        line.add(fmt::format(", {} exchange{}", *record.exchanges, *record.exchanges == 1 ? "" : "s"));
    if (!record.rule.empty()) line.add(", rule " + readable(line.fit(record.rule, kLongestRule)));
}

void add_detail(Line& line, std::string_view before, const ConnectionRecord& record) {
    std::string detail = record.end.detail;
    if (detail.empty()) detail = fmt::format("{} by the {}", name_of(record.end.how), name_of(record.end.by));
    line.add(before);
    line.add(line.fit(readable(detail), line.room(kLeastDetail)));
}

}  // namespace

Course course_of(const ConnectionRecord& record) {
    if (record.silent) return Course::silent;
    if (record.end.how == How::blocked) return Course::blocked;
    const bool in_order = record.end.how == How::fin || record.end.how == How::close_notify;
    if (record.end.step != Step::relay) return Course::failed;
    return in_order ? Course::in_order : Course::cut_short;
}

/// A program that ends while its connection is kept for more resets it; an exchange that this cuts off says so itself.
/// So does a plain request that is answered in the origin's stead.
bool told_by_exchanges(const ConnectionRecord& record) {
    if (record.exchanges.value_or(0) == 0) return false;
    const auto course = course_of(record);
    const bool left = record.end.by != By::proxy && (record.end.how == How::reset || record.end.how == How::truncated);
    const bool refused = course == Course::failed || course == Course::blocked;
    return course == Course::in_order || (course == Course::cut_short && left) ||
           (refused && record.protocol == "http");
}

void append_short(std::string& out, const ConnectionRecord& record, LineStyle style) {
    Line line(out, style);
    add_front(line, record.time, record.id, record.source, style);
    switch (course_of(record)) {
        case Course::blocked:
            line.add("BLOCKED", Color::yellow);
            line.add(fmt::format(" {} by rule {}", whom(line, record), readable(line.fit(record.rule, kLongestName))));
            if (!record.rule_at.empty()) line.add(fmt::format(" ({})", place_of(record)));
            break;
        case Course::failed:
        case Course::silent: {
            line.add("FAILED", Color::red);
            const auto target = whom(line, record);
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
    line.add(line.fit(readable(event.message), line.room(kLeastDetail, kMostColumns)));
}

}  // namespace bascule::inspect
