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
    line.text("direction", name_of(direction));
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

/// As a text, if it is one. How many octets are missing: those dropped, and the code point that a bound has cut in two.
template <class Message>
std::uint64_t append_body(JsonObject& line, const Message& message) {
    const auto text = text_of(message);
    if (!is_utf8(text)) {
        line.text("body_base64", base64(message.body));
        return message.dropped;
    }
    line.text("body", text);
    return message.dropped + (message.body.size() - text.size());
}

}  // namespace

void append_ndjson_message(std::string& out, const MessagePlace& place, const Message& message) {
    JsonObject line(out);
    append_place(line, "message", place, message.began, message.direction);
    append_head(line, message);
    const auto dropped = append_body(line, message);
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
    const auto dropped = append_body(line, message);
    line.number("octets", message.octets);
    if (dropped > 0) line.number("dropped", dropped);
    if (message.kind == SocketMessage::Kind::close) line.number("close_code", message.close_code);
    line.close();
    out += '\n';
}

}  // namespace bascule::inspect
