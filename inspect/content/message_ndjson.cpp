#include "inspect/content/message_ndjson.h"

#include "inspect/content/shown.h"
#include "inspect/json.h"
#include "inspect/utf8.h"

namespace bascule::inspect {
namespace {

void append_place(JsonObject& line, std::string_view event, const MessagePlace& place, WallTime time,
                  Direction direction) {
    line.text("event", event);
    line.text("id", place.id);
    line.number("exchange", place.exchange);
    if (place.stream) line.number("stream", *place.stream);
    line.text("time", format_time(time));
    line.text("direction", direction == Direction::up ? "up" : "down");
}

void append_fields(JsonObject& line, std::string_view key, const HeaderFields& fields) {
    line.open_list(key);
    for (const auto& [name, value] : fields) {
        line.open_item_list();
        line.item(name);
        if (is_utf8(value)) {
            line.item(value);
        } else {
            line.item_literal("null");
            line.item(base64(value));
        }
        line.close_list();
    }
    line.close_list();
}

void append_head(JsonObject& line, const Message& message) {
    const auto& head = message.head;
    line.text("version", head.version);
    if (message.direction == Direction::up) {
        line.text("method", head.method);
        line.text("scheme", head.scheme);
        line.text("authority", head.authority);
        line.text("path", head.path);
    } else {
        line.number("status", head.status);
        if (!head.reason.empty()) line.text("reason", head.reason);
    }
    append_fields(line, "headers", head.fields);
}

/// How many octets of it were left out: the rest of a code point that the bound has cut in two.
std::uint64_t append_body(JsonObject& line, std::string_view body, bool cut) {
    const auto whole = cut ? without_cut_end(body) : body;
    if (!is_utf8(whole)) {
        line.text("body_base64", base64(body));
        return 0;
    }
    line.text("body", whole);
    return body.size() - whole.size();
}

std::string_view name_of(SocketMessage::Kind kind) {
    switch (kind) {
        case SocketMessage::Kind::text:
            return "text";
        case SocketMessage::Kind::binary:
            return "binary";
        default:
            return "close";
    }
}

}  // namespace

void append_ndjson_message(std::string& out, const MessagePlace& place, const Message& message) {
    JsonObject line(out);
    append_place(line, "message", place, message.began, message.direction);
    append_head(line, message);
    const auto dropped = message.dropped + append_body(line, message.body, message.dropped > 0);
    line.number("body_bytes", message.body_bytes);
    if (message.decoded_bytes) line.number("decoded_bytes", *message.decoded_bytes);
    if (dropped > 0) line.number("dropped", dropped);
    if (!message.undecoded.empty()) line.text("undecoded", message.undecoded);
    if (!message.trailers.empty()) append_fields(line, "trailers", message.trailers);
    line.literal("whole", message.whole ? "true" : "false");
    line.close();
    out += '\n';
}

void append_ndjson_message(std::string& out, const MessagePlace& place, const SocketMessage& message) {
    JsonObject line(out);
    append_place(line, "socket_message", place, message.time, message.direction);
    line.text("kind", name_of(message.kind));
    const auto dropped = message.dropped + append_body(line, message.body, message.dropped > 0);
    line.number("octets", message.octets);
    if (dropped > 0) line.number("dropped", dropped);
    if (message.kind == SocketMessage::Kind::close) line.number("close_code", message.close_code);
    line.close();
    out += '\n';
}

}  // namespace bascule::inspect
