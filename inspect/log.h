#pragma once

#include "inspect/event.h"
#include "inspect/exchange.h"
#include "inspect/message.h"
#include "inspect/record.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

/// Where the log goes and how it looks. Written to from every worker without ever waiting: a line goes into a bounded
/// queue that one thread empties, and what does not fit is counted and told when there is room again (`event:
/// "log_dropped"` with `lines`). Where stderr leads to the journal (JOURNAL_STREAM), lines there begin with `<N>`, the
/// priority, and text has no time of its own.
namespace bascule::inspect {

enum class Format : std::uint8_t { text, logfmt, json, journal };

struct LogOptions {
    Level level = Level::info;
    Format format = Format::text;   ///< journal: native fields, and so the journal as output; with a file an Error.
                                    ///< text is coloured on a terminal, unless NO_COLOR is set (no-color.org)
    std::string output = "stderr";  ///< "stderr", "stdout", "journal" or a path (made with mode 0640, appended to)
    /// For who watches: what exchanges have told is not told again of the connection, calm events are left out, and
    /// text has the header fields of an exchange below its line. On a terminal it is in columns as wide as the window,
    /// with a tally at the end; elsewhere nothing is cut.
    bool exchanges_first = false;
    std::string if_nothing{};             ///< what is said instead of a tally of nothing
    bool content = false;                 ///< for who watches: messages with their content too (text, json)
    std::size_t queue_octets = 8u << 20;  ///< what may wait to be written
};

class Log {
  public:
    /// Opens the output; throws Error (path, why, what to do) where it cannot be written.
    explicit Log(const LogOptions& options);
    /// Writes what waits, then ends the thread. A reader that has stopped reading is given up after half a second.
    ~Log();
    Log(const Log&) = delete;

    /// Whether records (level info) are written at all: callers may skip collecting what only the record needs.
    bool wants_records() const;
    bool wants(Level level) const;

    /// `event: "connection"`, as `info`; of a client that came and went without an octet as `debug`.
    void write(const ConnectionRecord& record);
    /// `event: "http"`, as `info`.
    void write(const ExchangeRecord& record);
    /// `event: "websocket"`, as `info`.
    void write(const WebSocketRecord& record);
    /// LogOptions::content: whether messages are to be shown.
    bool shows_content() const;
    /// Below the line of their exchange; nothing where they are not to be shown.
    void show(const MessagePlace& place, const Message& message);
    void show(const MessagePlace& place, const SocketMessage& message);
    /// Any other line: {time, level, event, message, fields...} ("listening" with listener and address, "ready"...).
    void event(Level level, std::string_view event, std::string_view message, std::initializer_list<Field> fields = {});

    /// From now on with these options, but for the queue's size: a line is written as before this or as after it, and
    /// to the output that it was made for. Throws as the constructor does, and then nothing has changed. One thread.
    void use(const LogOptions& options);
    /// SIGUSR1: opens the file again, so that logrotate can move it. The writing thread does it, before any line
    /// written from now on; nothing is lost. Keeps the old file, and says so there and on stderr, where that fails.
    void reopen();
    /// Waits until everything queued so far is written or dropped.
    void flush();
    /// Lines lost since the start: the queue was full, or the output refused them (disk full).
    std::uint64_t dropped() const;

  private:
    struct Writer;
    std::unique_ptr<Writer> writer_;
};

}  // namespace bascule::inspect
