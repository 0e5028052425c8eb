#include "inspect/log.h"

#include "base/error.h"
#include "inspect/layout.h"
#include "inspect/line/tally.h"
#include "inspect/sink.h"
#include "inspect/spool.h"

#include <unistd.h>

#include <atomic>
#include <vector>

namespace bascule::inspect {
namespace {

std::unique_ptr<Sink> open_sink(const LogOptions& options, const Layout& layout) {
    if (layout.journal) return open_journal();
    if (options.output == "stdout") return sink_to(UniqueFd(::dup(STDOUT_FILENO)));
    return options.output == "stderr" ? open_stderr() : open_log_file(options.output);
}

static_assert(std::atomic<Layout>::is_always_lock_free);

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
