#include "inspect/layout.h"

#include "base/error.h"
#include "inspect/content/message_ndjson.h"
#include "inspect/content/message_text.h"
#include "inspect/format.h"
#include "inspect/journal.h"
#include "inspect/sink.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iterator>

namespace bascule::inspect {
namespace {

/// A record is `info`, but syslog's priority says how the connection went (RFC 5424 section 6.2.1).
int priority_of(Level, const ConnectionRecord& record) {
    switch (course_of(record)) {
        case Course::silent:
            return 7;  // debug
        case Course::in_order:
            return 6;  // informational
        case Course::blocked:
        case Course::cut_short:
            return 5;  // notice
        case Course::failed:
            break;
    }
    return 4;  // warning
}

int priority_of(Level, const ExchangeRecord& record) {
    return record.end.how == ExchangeHow::complete ? 6 : 5;
}

int priority_of(Level, const WebSocketRecord& record) {
    return record.end.how == ExchangeHow::complete ? 6 : 5;
}

int priority_of(Level level, const Event&) {
    return priority_of(level);
}

/// Of the terminal that it is; asked for each line, since a window is made wider and narrower.
std::uint16_t columns_of_stdout() {
    constexpr std::uint16_t usual = 80;
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

/// https://no-color.org: there, and not empty.
bool no_color() {
    const char* value = ::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return value != nullptr && *value != '\0';
}

}  // namespace

LineStyle Layout::style() const {
    return {.time = !prefixed,
            .color = color,
            .headers = headers,
            .whole = whole,
            .window = window ? columns_of_stdout() : std::uint16_t{0}};
}

template <class Item>
void Layout::append_line(std::string& out, const Item& item, LineStyle style) const {
    switch (format) {
        case Format::json:
            return append_json(out, item);
        case Format::logfmt:
            return append_logfmt(out, item);
        case Format::text:
        case Format::journal:
            return append_short(out, item, style);
    }
}

template <class Item>
void Layout::append_entry(std::string& out, Level level, const Item& item) const {
    std::string message;
    append_line(message, item, {.time = false});
    append_journal_field(out, "MESSAGE", message);
    append_journal_field(out, "PRIORITY", std::to_string(priority_of(level, item)));
    append_journal_field(out, "SYSLOG_IDENTIFIER", "bascule");
    if (format == Format::journal) append_journal_fields(out, item);
    end_journal_entry(out);
}

template <class Item>
void Layout::append(std::string& out, Level level, const Item& item) const {
    if (journal) return append_entry(out, level, item);
    if (prefixed) fmt::format_to(std::back_inserter(out), "<{}>", priority_of(level, item));
    if (format == Format::logfmt && !prefixed) append_stamp(out, item.time, level);
    append_line(out, item, style());
    out += '\n';
}

template <class Message>
void Layout::append(std::string& out, Level, const Shown<Message>& shown) const {
    if (format == Format::json) {
        append_ndjson_message(out, shown.place, shown.message);
    } else {
        append_text_message(out, shown.place, shown.message);
    }
}

template void Layout::append(std::string&, Level, const ConnectionRecord&) const;
template void Layout::append(std::string&, Level, const ExchangeRecord&) const;
template void Layout::append(std::string&, Level, const WebSocketRecord&) const;
template void Layout::append(std::string&, Level, const Event&) const;
template void Layout::append(std::string&, Level, const Shown<Message>&) const;
template void Layout::append(std::string&, Level, const Shown<SocketMessage>&) const;

Layout layout_for(const LogOptions& options) {
    const bool to_stdout = options.output == "stdout";
    const bool standard = options.output == "stderr" || to_stdout;
    const bool journal = options.output == "journal" || (options.format == Format::journal && standard);
    if (options.format == Format::journal && !journal) {
        throw Error("{}: the format journal is written to the journal only; for a file use json, logfmt or text",
                    options.output);
    }
    const bool terminal = standard && ::isatty(to_stdout ? STDOUT_FILENO : STDERR_FILENO) == 1;
    const bool colored = terminal && options.format == Format::text && !no_color();
    return {.format = options.format,
            .journal = journal,
            .prefixed = standard && !to_stdout && !journal && stderr_is_journal(),
            .color = colored,
            .headers = options.exchanges_first,
            .content = options.content,
            .whole = options.exchanges_first && !terminal,
            .window = options.exchanges_first && terminal && options.format == Format::text};
}

}  // namespace bascule::inspect
