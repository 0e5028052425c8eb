#include "inspect/log.h"

#include "base/error.h"
#include "inspect/content/message_ndjson.h"
#include "inspect/content/message_text.h"
#include "inspect/format.h"
#include "inspect/journal.h"
#include "inspect/line/line.h"
#include "inspect/line/tally.h"
#include "inspect/sink.h"
#include "inspect/spool.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <vector>

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

/// A message with its content: its own lines, whatever those of records look like.
template <class Message>
struct Shown {
    const MessagePlace& place;
    const Message& message;
};

/// Of the terminal that it is; asked for each line, since a window is made wider and narrower.
std::uint16_t columns_of_stdout() {
    constexpr std::uint16_t usual = 80;
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

/// How one line looks at this output.
struct alignas(8) Layout {  // so that an atomic one takes no lock
    Format format = Format::text;
    bool journal = false;   ///< entries are frames for the journal
    bool prefixed = false;  ///< stderr leads to the journal
    bool color = false;
    bool headers = false;  ///< of exchanges, below their lines
    bool content = false;  ///< messages are shown
    bool whole = false;    ///< nothing is cut
    bool window = false;   ///< of somebody who watches
    bool operator==(const Layout&) const = default;

    LineStyle style() const {
        return {.time = !prefixed,
                .color = color,
                .headers = headers,
                .whole = whole,
                .window = window ? columns_of_stdout() : std::uint16_t{0}};
    }

    template <class Item>
    void append(std::string& out, Level level, const Item& item) const {
        if (journal) return append_entry(out, level, item);
        if (prefixed) fmt::format_to(std::back_inserter(out), "<{}>", priority_of(level, item));
        if (format == Format::logfmt && !prefixed) append_stamp(out, item.time, level);
        append_line(out, item, style());
        out += '\n';
    }

    template <class Message>
    void append(std::string& out, Level, const Shown<Message>& shown) const {
        if (format == Format::json) {
            append_ndjson_message(out, shown.place, shown.message);
        } else {
            append_text_message(out, shown.place, shown.message);
        }
    }

  private:
    template <class Item>
    void append_line(std::string& out, const Item& item, LineStyle style) const {
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
    void append_entry(std::string& out, Level level, const Item& item) const {
        std::string message;
        append_line(message, item, {.time = false});
        append_journal_field(out, "MESSAGE", message);
        append_journal_field(out, "PRIORITY", std::to_string(priority_of(level, item)));
        append_journal_field(out, "SYSLOG_IDENTIFIER", "bascule");
        if (format == Format::journal) append_journal_fields(out, item);
        end_journal_entry(out);
    }
};

/// A program that ends while its connection is kept for more resets it; an exchange that this cuts off says so itself.
bool told_by_exchanges(const ConnectionRecord& record) {
    if (record.exchanges.value_or(0) == 0) return false;
    const auto course = course_of(record);
    const bool left = record.end.by != By::proxy && (record.end.how == How::reset || record.end.how == How::truncated);
    return course == Course::in_order || (course == Course::cut_short && left);
}

/// https://no-color.org: there, and not empty.
bool no_color() {
    const char* value = ::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return value != nullptr && *value != '\0';
}

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

std::unique_ptr<Sink> open_sink(const LogOptions& options, const Layout& layout) {
    if (layout.journal) return open_journal();
    if (options.output == "stdout") return sink_to(UniqueFd(::dup(STDOUT_FILENO)));
    return options.output == "stderr" ? open_stderr() : open_log_file(options.output);
}

/// Where lines go, and how they look there.
struct Output {
    std::string name;
    Layout layout;
    std::shared_ptr<Sink> sink;
};

Output open_output(const LogOptions& options) {
    const auto layout = layout_for(options);
    return {options.output, layout, open_sink(options, layout)};
}

struct Lines {
    /// Lines for the output so far, and the one that follows it.
    struct Turn {
        std::string before;
        Output next;
    };
    std::vector<Turn> turns;
    std::string text;
    bool reopen = false;
};

}  // namespace

struct Log::Writer {
    explicit Writer(const LogOptions& wanted)
        : level(wanted.level),
          exchanges_first(wanted.exchanges_first),
          if_nothing(wanted.if_nothing),
          newest(open_output(wanted)),
          layout(newest.layout),
          output(newest),
          spool("bascule-log", wanted.queue_octets, [this](Lines& lines) { write(lines); }) {}

    /// Formats on the caller's thread, into a buffer that it keeps; once more if the output has changed meanwhile.
    template <class Item>
    void put(Level of_item, const Item& item) {
        thread_local std::string line;
        for (bool fits = false; !fits;) {
            const Layout used = layout;
            line.clear();
            used.append(line, of_item, item);
            const auto add = [&](Lines& lines) {
                fits = used == layout.load();
                if (fits) lines.text += line;
            };
            if (!spool.push(line.size(), add)) {
                ++dropped;
                return;
            }
        }
    }

    /// For who sits before a window.
    std::string summary() const {
        const Layout used = layout;
        if (!used.window) return {};
        const auto text = tally.nothing() && !if_nothing.empty() ? if_nothing : tally.text();
        return used.color ? fmt::format("\x1b[2m{}\x1b[0m\n", text) : text + "\n";
    }

    void turn_to(Output fresh) {
        const auto old = std::exchange(newest, fresh);
        if (old.sink != fresh.sink) old.sink->hurry();
        spool.push(0, [&](Lines& lines) {
            layout = fresh.layout;
            lines.turns.push_back({std::exchange(lines.text, {}), std::move(fresh)});
        });
    }

    void write(Lines& lines) {
        for (auto& [before, next] : lines.turns) {
            deliver(before);
            output = std::move(next);
        }
        lines.turns.clear();
        if (std::exchange(lines.reopen, false)) reopen();
        deliver(lines.text);
        lines.text.clear();
        tell_dropped();
    }

    bool deliver(std::string_view text) {
        const auto lost = output.sink->write(text);
        dropped += lost;
        if (lost == 0) {
            if (!text.empty()) complained = false;
            return true;
        }
        if (!std::exchange(complained, true)) {
            tell_stderr(fmt::format("bascule: log to {}: {}; lines are lost, and counted, until it takes them again",
                                    output.name, errno_text(output.sink->fault())));
        }
        return false;
    }

    void tell_dropped() {
        const auto lost = dropped - told;
        if (lost == 0) return;
        const auto count = std::to_string(lost);
        const auto message = fmt::format("{} lines were lost: the output did not take them in time", count);
        // The line itself is not one of those that count: it is told again with the next ones.
        if (output.sink->write(own_line(Level::warning, "log_dropped", message, {{"lines", count}})) == 0) told += lost;
    }

    void reopen() {
        try {
            output.sink->reopen();
        } catch (const Error& fault) {
            const auto message = fmt::format("still writing to the old file: {}", fault.what());
            deliver(own_line(Level::error, "log_reopen_failed", message, {}));
            tell_stderr("bascule: log: " + message);
        }
    }

    std::string own_line(Level of_line, std::string_view name, std::string_view message,
                         std::initializer_list<Field> fields) {
        std::string line;
        output.layout.append(
            line, of_line,
            Event{std::chrono::system_clock::now(), of_line, name, message, {fields.begin(), fields.size()}});
        return line;
    }

    std::atomic<Level> level;
    const bool exchanges_first;
    const std::string if_nothing;
    Tally tally;
    Output newest;               ///< of the thread that calls use()
    std::atomic<Layout> layout;  ///< of lines that are made now; changes only within a push
    Output output;               ///< by the thread
    std::atomic<std::uint64_t> dropped = 0;
    std::uint64_t told = 0;   ///< of `dropped`, by the thread
    bool complained = false;  ///< by the thread
    Spool<Lines> spool;
};

Log::Log(const LogOptions& options) : writer_(std::make_unique<Writer>(options)) {}

Log::~Log() {
    writer_->newest.sink->hurry();
    const auto last = writer_->summary();
    writer_->spool.push(last.size(), [&](Lines& lines) { lines.text += last; });  // also: what was dropped is told
}

bool Log::wants_records() const {
    return wants(Level::info);
}

bool Log::wants(Level level) const {
    return level >= writer_->level.load(std::memory_order_relaxed);
}

void Log::write(const ConnectionRecord& record) {
    const Level level = record.silent ? Level::debug : Level::info;
    if (writer_->exchanges_first) writer_->tally.add(record);
    const bool told = writer_->exchanges_first && told_by_exchanges(record);
    if (wants(level) && !told) writer_->put(level, record);
}

void Log::write(const ExchangeRecord& record) {
    if (writer_->exchanges_first) writer_->tally.add(record);
    if (wants_records()) writer_->put(Level::info, record);
}

void Log::write(const WebSocketRecord& record) {
    if (writer_->exchanges_first) writer_->tally.add(record);
    if (wants_records()) writer_->put(Level::info, record);
}

bool Log::shows_content() const {
    return writer_->layout.load(std::memory_order_relaxed).content;
}

void Log::show(const MessagePlace& place, const Message& message) {
    if (shows_content()) writer_->put(Level::info, Shown{place, message});
}

void Log::show(const MessagePlace& place, const SocketMessage& message) {
    if (shows_content()) writer_->put(Level::info, Shown{place, message});
}

void Log::event(Level level, std::string_view event, std::string_view message, std::initializer_list<Field> fields) {
    const bool calm = writer_->exchanges_first && level < Level::warning;
    if (!wants(level) || calm) return;
    writer_->put(level,
                 Event{std::chrono::system_clock::now(), level, event, message, {fields.begin(), fields.size()}});
}

void Log::use(const LogOptions& options) {
    const auto layout = layout_for(options);
    const auto& now = writer_->newest;
    const bool same = options.output == now.name && layout.journal == now.layout.journal;
    if (!same) {
        writer_->turn_to(open_output(options));
    } else if (layout != now.layout) {
        writer_->turn_to({now.name, layout, now.sink});
    }
    writer_->level = options.level;
}

void Log::reopen() {
    writer_->spool.push(0, [](Lines& lines) { lines.reopen = true; });
}

void Log::flush() {
    writer_->spool.flush();
}

std::uint64_t Log::dropped() const {
    return writer_->dropped;
}

}  // namespace bascule::inspect
