#include "inspect/json.h"

#include "inspect/utf8.h"

#include <array>
#include <charconv>

namespace bascule::inspect {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

bool plain(char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void append_escaped(std::string& out, char32_t c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u00";
    out += digits[c >> 4 & 15];
    out += digits[c & 15];
}

/// The C1 controls (U+0080 to U+009F) and DEL are legal in JSON, but a terminal would obey them.
bool is_control(char32_t c) {
    return c < 0x20 || c == '"' || c == '\\' || (c >= 0x7f && c < 0xa0);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        std::size_t run = 0;
        while (run < text.size() && plain(text[run])) ++run;
        out += text.substr(0, run);
        text.remove_prefix(run);
        if (text.empty()) break;
        const auto [value, length] = decode_utf8(text);
        if (length == 0) {
            out += kReplacement;
        } else if (is_control(value)) {
            append_escaped(out, value);
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

void JsonObject::name(std::string_view key) {
    if (out_.back() != '{') out_ += ',';
    append_json_string(out_, key);
    out_ += ':';
}

void JsonObject::text(std::string_view key, std::string_view value) {
    name(key);
    append_json_string(out_, value);
}

void JsonObject::number(std::string_view key, std::uint64_t value) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
    literal(key, {digits.data(), end});
}

void JsonObject::literal(std::string_view key, std::string_view value) {
    name(key);
    out_ += value;
}

void JsonObject::open(std::string_view key) {
    name(key);
    out_ += '{';
}

void JsonObject::open_list(std::string_view key) {
    name(key);
    out_ += '[';
}

void JsonObject::begin_item() {
    if (out_.back() != '[') out_ += ',';
}

void JsonObject::item(std::string_view text) {
    begin_item();
    append_json_string(out_, text);
}

void JsonObject::item_literal(std::string_view value) {
    begin_item();
    out_ += value;
}

void JsonObject::open_item() {
    begin_item();
    out_ += '{';
}

void JsonObject::open_item_list() {
    begin_item();
    out_ += '[';
}

}  // namespace bascule::inspect
