#include "inspect/content/message_text.h"

#include "base/text.h"
#include "inspect/content/json_layout.h"
#include "inspect/content/media_type.h"
#include "inspect/content/shown.h"
#include "inspect/utf8.h"

#include <fmt/format.h>

#include <iterator>

namespace bascule::inspect {
namespace {

constexpr std::size_t kMostHex = 256;

std::string_view prefix_of(Direction direction) {
    return direction == Direction::up ? "> " : "< ";
}

/// What is said of one message, after its prefix.
class Lines {
  public:
    Lines(std::string& out, const MessagePlace& place, Direction direction)
        : out_(out), place_(place), prefix_(prefix_of(direction)) {}

    void line(std::string_view text) {
        out_ += prefix_;
        append_shown(out_, text);
        out_ += '\n';
    }
    void field(std::string_view name, std::string_view value) { line(fmt::format("{}: {}", name, value)); }
    void text(std::string_view octets) {
        while (!octets.empty()) {
            out_ += prefix_;
            append_shown_line(out_, octets);
        }
    }
    void hex(std::string_view octets) { append_hex(out_, octets.substr(0, kMostHex), prefix_); }
    /// Of ours.
    void note(std::string_view text) {
        fmt::format_to(std::back_inserter(out_), "* c={} ", place_.id);
        append_shown(out_, text);
        out_ += '\n';
    }

  private:
    std::string& out_;
    const MessagePlace& place_;
    std::string_view prefix_;
};

void append_place(std::string& out, const MessagePlace& place, WallTime time, std::string_view what) {
    fmt::format_to(std::back_inserter(out), "* {} c={} exchange {}", format_time(time), place.id, place.exchange);
    if (place.stream) fmt::format_to(std::back_inserter(out), " stream {}", *place.stream);
    fmt::format_to(std::back_inserter(out), " {}\n", what);
}

void show_head(Lines& lines, const Message& message) {
    const auto& head = message.head;
    const bool fields_only = head.version == "2";
    if (message.direction == Direction::up) {
        lines.line(fmt::format("{} {} HTTP/{}", head.method, head.path, head.version));
        if (fields_only) lines.field(":authority", head.authority);
    } else {
        lines.line(
            fmt::format("HTTP/{} {}{}{}", head.version, head.status, head.reason.empty() ? "" : " ", head.reason));
    }
    for (const auto& [name, value] : head.fields) lines.field(name, value);
    lines.line("");
}

void show_form(Lines& lines, std::string_view content) {
    for (const auto& [name, value] : form_fields(content)) lines.line(fmt::format("{} = {}", name, value));
}

bool is_readable(std::string_view content) {
    return is_utf8(content) && !content.contains('\0');
}

void show_content(Lines& lines, const Message& message) {
    const auto type = media_type_of(message.head.fields);
    const bool all = message.whole && message.dropped == 0 && message.undecoded.empty();
    const auto laid_out = all && is_json(type) ? lay_out_json(message.body) : std::nullopt;
    if (laid_out) return lines.text(*laid_out);
    if (all && type == "application/x-www-form-urlencoded") return show_form(lines, message.body);
    if (is_readable(text_of(message))) return lines.text(message.body);
    lines.hex(message.body);
    if (message.body.size() > kMostHex) lines.note(fmt::format("binary, {} octets of it", message.body.size()));
}

void show_rest(Lines& lines, const Message& message) {
    if (!message.undecoded.empty()) lines.note("not decoded: " + message.undecoded);
    if (message.dropped > 0) lines.note(fmt::format("{} octets more", message.dropped));
    for (const auto& [name, value] : message.trailers) lines.field(name, value);
    if (!message.whole) lines.note("cut off");
}

}  // namespace

void append_text_message(std::string& out, const MessagePlace& place, const Message& message) {
    append_place(out, place, message.began, message.direction == Direction::up ? "request" : "answer");
    Lines lines(out, place, message.direction);
    show_head(lines, message);
    show_content(lines, message);
    show_rest(lines, message);
}

void append_text_message(std::string& out, const MessagePlace& place, const SocketMessage& message) {
    append_place(out, place, message.time,
                 fmt::format("websocket {}, {} octets", name_of(message.kind), message.octets));
    Lines lines(out, place, message.direction);
    if (message.kind == SocketMessage::Kind::close)
        return lines.line(fmt::format("{} {}", message.close_code, message.body));
    const auto laid_out = message.dropped == 0 ? lay_out_json(message.body) : std::nullopt;
    if (message.kind == SocketMessage::Kind::binary && !is_readable(message.body)) {
        lines.hex(message.body);
    } else {
        lines.text(laid_out.value_or(message.body));
    }
    if (message.dropped > 0) lines.note(fmt::format("{} octets more", message.dropped));
}

}  // namespace bascule::inspect
