#include "inspect/har/har_entry.h"

#include "inspect/content/media_type.h"
#include "inspect/content/shown.h"
#include "inspect/har/cookies.h"
#include "inspect/json.h"
#include "inspect/utf8.h"

#include <fmt/format.h>

#include <optional>

namespace bascule::inspect {
namespace {

std::string http_version(const MessageHead& head) {
    if (head.version.empty()) return "";  // none came
    return head.version == "2" ? "HTTP/2.0" : "HTTP/" + head.version;
}

void named_values(JsonObject& json, std::string_view key, const HeaderFields& fields) {
    json.open_list(key);
    for (const auto& [name, value] : fields) {
        json.open_item();
        json.text("name", name);
        json.text("value", value);
        json.close();
    }
    json.close_list();
}

void cookies(JsonObject& json, const std::vector<Cookie>& all) {
    json.open_list("cookies");
    for (const auto& cookie : all) {
        json.open_item();
        json.text("name", cookie.name);
        json.text("value", cookie.value);
        if (!cookie.path.empty()) json.text("path", cookie.path);
        if (!cookie.domain.empty()) json.text("domain", cookie.domain);
        if (cookie.http_only) json.literal("httpOnly", "true");
        if (cookie.secure) json.literal("secure", "true");
        json.close();
    }
    json.close_list();
}

std::string url_of(const MessageHead& head) {
    if (head.method == "CONNECT" || head.path.empty()) return head.authority;
    return fmt::format("{}://{}{}{}", head.scheme, head.authority, head.path.starts_with('/') ? "" : "/", head.path);
}

HeaderFields query_of(const MessageHead& head) {
    const auto mark = head.path.find('?');
    return mark == std::string::npos ? HeaderFields() : form_fields(std::string_view(head.path).substr(mark + 1));
}

std::string remark_on(const Message& message) {
    std::string text = message.undecoded.empty() ? "" : "not decoded: " + message.undecoded;
    if (message.dropped > 0) text += fmt::format("{}{} octets more", text.empty() ? "" : "; ", message.dropped);
    if (!message.whole) text += text.empty() ? "cut off" : "; cut off";
    return text;
}

void remark(JsonObject& json, const std::string& text) {
    if (!text.empty()) json.text("comment", text);
}

void post_data(JsonObject& json, const Message& request) {
    const auto type = media_type_of(request.head.fields);
    json.open("postData");
    json.text("mimeType", field_of(request.head.fields, "content-type"));
    const bool form = type == "application/x-www-form-urlencoded";
    named_values(json, "params", form ? form_fields(request.body) : HeaderFields());
    const auto body = text_of(request);
    json.text("text", is_utf8(body) ? std::string(body) : base64(request.body));
    if (!is_utf8(body)) json.text("_encoding", "base64");
    remark(json, remark_on(request));
    json.close();
}

void request(JsonObject& json, const Message& message) {
    const auto& head = message.head;
    json.open("request");
    json.text("method", head.method);
    json.text("url", url_of(head));
    json.text("httpVersion", http_version(head));
    cookies(json, sent_cookies(head.fields));
    named_values(json, "headers", head.fields);
    named_values(json, "queryString", query_of(head));
    if (message.body_bytes > 0) post_data(json, message);
    json.number("headersSize", head.octets);
    json.number("bodySize", message.body_bytes);
    json.close();
}

void content(JsonObject& json, const Message& message) {
    const auto size = message.decoded_bytes.value_or(message.body_bytes);
    json.open("content");
    json.number("size", size);
    if (message.decoded_bytes) {
        const auto saved = static_cast<std::int64_t>(size) - static_cast<std::int64_t>(message.body_bytes);
        json.literal("compression", std::to_string(saved));
    }
    json.text("mimeType", field_of(message.head.fields, "content-type"));
    const auto body = text_of(message);
    if (is_utf8(body)) {
        json.text("text", body);
    } else {
        json.text("text", base64(message.body));
        json.text("encoding", "base64");
    }
    remark(json, remark_on(message));
    json.close();
}

/// As browsers have it, an answer that never came has the status 0.
void response(JsonObject& json, const Message& message) {
    const auto& head = message.head;
    json.open("response");
    json.number("status", head.status);
    json.text("statusText", head.reason);
    json.text("httpVersion", http_version(head));
    cookies(json, set_cookies(head.fields));
    named_values(json, "headers", head.fields);
    content(json, message);
    json.text("redirectURL", field_of(head.fields, "location"));
    json.number("headersSize", head.octets);
    json.number("bodySize", message.body_bytes);
    json.close();
}

/// Milliseconds; -1 is HAR's for what does not apply, and not allowed for send, wait and receive.
void timings(JsonObject& json, const HarExchange& exchange) {
    json.open("timings");
    for (const auto* key : {"blocked", "dns", "connect", "ssl"}) json.literal(key, "-1");
    json.literal("send", fmt::format("{:.3f}", exchange.send.value_or(0)));
    json.literal("wait", fmt::format("{:.3f}", exchange.wait.value_or(0)));
    json.literal("receive", fmt::format("{:.3f}", exchange.receive.value_or(0)));
    json.close();
}

void socket_message(JsonObject& json, const SocketMessage& message) {
    const auto since_epoch = std::chrono::duration<double>(message.time.time_since_epoch()).count();
    const auto body = text_of(message);
    const bool text = message.kind != SocketMessage::Kind::binary && is_utf8(body);
    json.open_item();
    json.text("type", message.direction == Direction::up ? "send" : "receive");
    json.literal("time", fmt::format("{:.6f}", since_epoch));
    json.number("opcode", static_cast<std::uint64_t>(message.kind));
    json.text("data", text ? std::string(body) : base64(message.body));
    if (message.dropped > 0) json.number("_dropped", message.dropped);
    json.close();
}

void socket(JsonObject& json, const HarExchange& exchange) {
    json.text("_resourceType", "websocket");
    json.open_list("_webSocketMessages");
    for (const auto& message : exchange.socket) socket_message(json, message);
    json.close_list();
}

}  // namespace

void append_har_entry(std::string& out, const HarExchange& exchange) {
    JsonObject json(out);
    json.text("startedDateTime", format_time(exchange.began));
    json.literal("time", fmt::format("{:.3f}", exchange.send.value_or(0) + exchange.wait.value_or(0) +
                                                   exchange.receive.value_or(0)));
    request(json, exchange.request);
    response(json, exchange.answer);
    json.open("cache");
    json.close();
    timings(json, exchange);
    if (!exchange.server_address.empty()) json.text("serverIPAddress", exchange.server_address);
    json.text("connection", exchange.place.id);
    remark(json, exchange.comment);
    json.number("_exchange", exchange.place.exchange);
    if (exchange.place.stream) json.number("_stream", *exchange.place.stream);
    if (exchange.is_socket) socket(json, exchange);
    json.close();
}

}  // namespace bascule::inspect
