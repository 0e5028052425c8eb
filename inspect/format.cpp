#include "inspect/format.h"

#include "base/text.h"
#include "inspect/exchange_fields.h"
#include "inspect/fields.h"
#include "inspect/journal.h"
#include "inspect/json.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace bascule::inspect {
namespace {

constexpr std::string_view kConnection = "connection";
constexpr std::string_view kExchange = "http";
constexpr std::string_view kWebSocket = "websocket";

struct JsonOut : FieldVisitor {
    explicit JsonOut(std::string& out) : object(out) {}
    void leaf(std::string_view key, std::string_view value, Kind kind) {
        kind == Kind::text ? object.text(key, value) : object.literal(key, value);
    }
    void open(std::string_view key) { object.open(key); }
    void close() { object.close(); }
    void list(std::string_view key, const Words auto& words) {
        object.open_list(key);
        for (const std::string_view word : words) object.item(word);
        object.close_list();
    }

    JsonObject object;
};

bool stands_bare(char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\';
}

void append_value(std::string& out, std::string_view value) {
    value = utf8_prefix(value, kLongestValue);
    if (!value.empty() && std::ranges::all_of(value, stands_bare)) {
        out += value;
    } else {
        out += '"';
        out += escape(value);
        out += '"';
    }
}

/// What the first, human part of the line has already said.
constexpr std::array<std::string_view, 14> kSaidBefore{
    "id",      "source", "target",   "destination", "action",   "rule",       "rule_at",
    "end.how", "end.by", "end.step", "end.detail",  "bytes_up", "bytes_down", "timings_ms.total"};
constexpr std::array<std::string_view, 10> kSaidOfExchange{
    "id", "source", "method", "path", "status", "end.how", "end.by", "end.detail", "timings_ms.total", "rule"};

struct LogfmtOut : FieldVisitor {
    explicit LogfmtOut(std::string& line, std::span<const std::string_view> said = {}) : out(line), said_before(said) {}
    void leaf(std::string_view key, std::string_view value, Kind) {
        path.resize(outer);
        path += key;
        if (std::ranges::find(said_before, path) != said_before.end()) return;
        pair(path, value);
    }
    void open(std::string_view key) {
        path.resize(outer);
        path += key;
        path += '.';
        outer = path.size();
    }
    /// Back to the enclosing object's part of the path.
    void close() {
        const auto dot = outer < 2 ? path.npos : path.rfind('.', outer - 2);
        outer = dot == path.npos ? 0 : dot + 1;
    }

    void list(std::string_view key, const Words auto& words) {
        leaf(key, fmt::format("{}", fmt::join(words, ",")), Kind::text);
    }

    void pair(std::string_view key, std::string_view value) {
        out += ' ';
        out += key;
        out += '=';
        append_value(out, value);
    }
    void known(std::string_view before, std::string_view value, std::string_view after = "") {
        if (value.empty()) return;
        out += before;
        append_value(out, value);
        out += after;
    }

    std::string& out;
    std::span<const std::string_view> said_before;
    std::string path;
    std::size_t outer = 0;  ///< length of the part of `path` that names the enclosing object
};

void append_head(LogfmtOut& line, const ConnectionRecord& record) {
    const auto& whither = record.target.empty() ? record.destination : record.target;
    line.out += "c=";
    append_value(line.out, record.id);
    line.known(" ", record.source);
    line.known(" -> ", whither);
    if (record.destination != whither) line.known(" (", record.destination, ")");
    line.known(" ", record.action);
    line.known(" rule=", record.rule);
    line.known(" (", record.rule_at, ")");
    line.pair("end", name_of(record.end.how));
    line.pair("by", name_of(record.end.by));
    line.pair("step", name_of(record.end.step));
    line.known(" detail=", record.end.detail);
    line.pair("up", NumberText(record.bytes_up).view());
    line.pair("down", NumberText(record.bytes_down).view());
    line.pair("ms", NumberText(record.timings.total).view());
}

void append_head(LogfmtOut& line, const ExchangeRecord& record) {
    line.out += "c=";
    append_value(line.out, record.id);
    line.known(" ", record.source);
    line.known(" ", record.method);
    line.known(" ", record.path);
    if (record.status) line.known(" ", NumberText(std::uint64_t{*record.status}).view());
    line.known(" rule=", record.rule);
    line.pair("end", name_of(record.end.how));
    line.pair("by", name_of(record.end.by));
    line.known(" detail=", record.end.detail);
    line.pair("ms", NumberText(record.timings.total).view());
}

/// A sentence of our own: quotes stay readable, everything else as escape() has it.
void append_message(std::string& out, std::string_view message) {
    const auto escaped = escape(utf8_prefix(message, kLongestValue));
    for (std::size_t i = 0; i < escaped.size(); ++i) {
        const bool quote = escaped[i] == '\\' && escaped[i + 1] == '"';
        const bool pair = escaped[i] == '\\' && escaped[i + 1] == '\\';
        if (!quote) out += escaped[i];
        if (quote || pair) out += escaped[++i];
    }
}

/// BASCULE_CLIENT_TLS_VERSION of client_tls.version; a journal field has capitals, digits and underscores only.
struct JournalOut : FieldVisitor {
    explicit JournalOut(std::string& entry) : frame(entry) {}
    void leaf(std::string_view key, std::string_view value, Kind) {
        name.resize(outer);
        add(key);
        append_journal_field(frame, name, value);
    }
    void open(std::string_view key) {
        name.resize(outer);
        add(key);
        name += '_';
        outer_of_outer = outer;
        outer = name.size();
    }
    void close() {
        outer = outer_of_outer;
        outer_of_outer = kPrefix.size();
        name.resize(outer);
    }
    /// The journal takes a field more than once.
    void list(std::string_view key, const Words auto& words) {
        for (const std::string_view word : words) leaf(key, word, Kind::text);
    }

    void add(std::string_view key) {
        for (const char c : key.substr(0, kLongestKey)) {
            const bool letter = c >= 'a' && c <= 'z';
            const bool allowed = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            name += letter ? static_cast<char>(c - 'a' + 'A') : allowed ? c : '_';
        }
    }

    static constexpr std::string_view kPrefix = "BASCULE_";
    static constexpr std::size_t kLongestKey = 48;  // the journal takes names of up to 64
    std::string& frame;
    std::string name{kPrefix};
    std::size_t outer = kPrefix.size();
    std::size_t outer_of_outer = kPrefix.size();  // nothing nests deeper than request.headers.NAME
};

/// What stands before the facts themselves.
void append_json_front(JsonOut& json, WallTime time, Level level, std::string_view event) {
    json("time", format_time(time));
    json("level", name_of(level));
    json("event", event);
}

void append_journal_front(JournalOut& journal, WallTime time, std::string_view event) {
    append_journal_field(journal.frame, "MESSAGE_ID", message_id(event));
    journal("time", format_time(time));
    journal("event", event);
}

template <class Record>
void append_json_record(std::string& out, std::string_view event, const Record& record) {
    JsonOut json(out);
    append_json_front(json, record.time, Level::info, event);
    list_fields(record, json);
    json.close();
}

template <class Record>
void append_journal_record(std::string& frame, std::string_view event, const Record& record) {
    JournalOut journal(frame);
    append_journal_front(journal, record.time, event);
    list_fields(record, journal);
}

}  // namespace

void append_json(std::string& out, const ConnectionRecord& record) {
    append_json_record(out, kConnection, record);
}

void append_json(std::string& out, const ExchangeRecord& record) {
    append_json_record(out, kExchange, record);
}

void append_json(std::string& out, const WebSocketRecord& record) {
    append_json_record(out, kWebSocket, record);
}

void append_json(std::string& out, const Event& event) {
    JsonOut json(out);
    append_json_front(json, event.time, event.level, event.name);
    json("message", event.message);
    for (const auto& [key, value] : event.fields) json(key, value);
    json.close();
}

void append_stamp(std::string& out, WallTime time, Level level) {
    out += format_time(time);
    out += ' ';
    out += name_of(level);
    out += ' ';
}

void append_logfmt(std::string& out, const ConnectionRecord& record) {
    LogfmtOut line(out, kSaidBefore);
    append_head(line, record);
    list_fields(record, line);
}

void append_logfmt(std::string& out, const ExchangeRecord& record) {
    LogfmtOut line(out, kSaidOfExchange);
    append_head(line, record);
    list_fields(record, line);
}

void append_logfmt(std::string& out, const WebSocketRecord& record) {
    constexpr std::array<std::string_view, 2> said{"id", "source"};
    LogfmtOut line(out, said);
    line.out += "c=";
    append_value(line.out, record.id);
    line.known(" ", record.source);
    line.out += " websocket";
    list_fields(record, line);
}

void append_logfmt(std::string& out, const Event& event) {
    append_value(out, event.name);
    out += ": ";
    append_message(out, event.message);
    LogfmtOut line(out);
    for (const auto& [key, value] : event.fields) {
        if (!value.empty()) line.pair(key, value);
    }
}

void append_journal_fields(std::string& frame, const ConnectionRecord& record) {
    append_journal_record(frame, kConnection, record);
}

void append_journal_fields(std::string& frame, const ExchangeRecord& record) {
    append_journal_record(frame, kExchange, record);
}

void append_journal_fields(std::string& frame, const WebSocketRecord& record) {
    append_journal_record(frame, kWebSocket, record);
}

void append_journal_fields(std::string& frame, const Event& event) {
    JournalOut journal(frame);
    append_journal_front(journal, event.time, event.name);
    for (const auto& [key, value] : event.fields) journal(key, value);
}

}  // namespace bascule::inspect
