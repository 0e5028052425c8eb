#include "inspect/content/content_format.h"

#include "inspect/json.h"
#include "inspect/utf8.h"

#include <fmt/format.h>

#include <iterator>

namespace bascule::inspect {
namespace {

std::string_view name_of(Direction direction) {
    return direction == Direction::up ? "up" : "down";
}

std::string base64(std::string_view octets) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((octets.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < octets.size(); i += 3) {
        const auto three = octets.substr(i, 3);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (k < three.size() ? static_cast<std::uint8_t>(three[k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) out += k <= three.size() ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

JsonObject begin_piece(std::string& out, const ContentPiece& piece) {
    JsonObject line(out);
    line.text("id", piece.id);
    line.number("seq", piece.seq);
    line.text("time", format_time(piece.time));
    line.text("direction", name_of(piece.direction));
    line.number("offset", piece.offset);
    return line;
}

void end_line(JsonObject& line, std::string& out) {
    line.close();
    out += '\n';
}

void append_head(std::string& out, std::string_view id, WallTime time) {
    fmt::format_to(std::back_inserter(out), "* {} c={} ", format_time(time), id);
}

/// Appends what one line of text shows: up to the line end, which is taken off too.
void append_shown_line(std::string& out, std::string_view& octets) {
    while (!octets.empty()) {
        const bool crlf = octets.starts_with("\r\n");
        if (crlf || octets.front() == '\n') {
            octets.remove_prefix(crlf ? 2 : 1);
            break;
        }
        const auto [value, length] = decode_utf8(octets);
        if (length > 0 && (value == '\t' || is_printable(value))) {
            out += octets.substr(0, length);
            octets.remove_prefix(length);
        } else {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint8_t>(octets.front()));
            octets.remove_prefix(1);
        }
    }
    out += '\n';
}

}  // namespace

void append_ndjson_start(std::string& out, std::string_view id, WallTime time) {
    JsonObject line(out);
    line.text("event", "content_start");
    line.text("id", id);
    line.text("time", format_time(time));
    end_line(line, out);
}

void append_ndjson_piece(std::string& out, const ContentPiece& piece, std::string_view octets) {
    auto line = begin_piece(out, piece);
    is_utf8(octets) ? line.text("data", octets) : line.text("base64", base64(octets));
    end_line(line, out);
}

void append_ndjson_gap(std::string& out, const ContentPiece& piece, std::uint64_t missing) {
    auto line = begin_piece(out, piece);
    line.number("dropped", missing);
    end_line(line, out);
}

void append_ndjson_end(std::string& out, const ContentTotals& totals) {
    JsonObject line(out);
    line.text("event", "content_end");
    line.text("id", totals.id);
    line.text("time", format_time(totals.time));
    line.number("up", totals.written[0]);
    line.number("down", totals.written[1]);
    line.number("dropped", totals.dropped);
    end_line(line, out);
}

void append_text_start(std::string& out, std::string_view id, WallTime time) {
    append_head(out, id, time);
    out += "content: > from the client, < from the origin\n";
}

void append_text_piece(std::string& out, const ContentPiece& piece, std::string_view octets) {
    append_head(out, piece.id, piece.time);
    fmt::format_to(std::back_inserter(out), "{} {} octets\n", name_of(piece.direction), octets.size());
    while (!octets.empty()) {
        out += piece.direction == Direction::up ? "> " : "< ";
        append_shown_line(out, octets);
    }
}

void append_text_gap(std::string& out, const ContentPiece& piece, std::uint64_t missing) {
    append_head(out, piece.id, piece.time);
    fmt::format_to(std::back_inserter(out), "{} {} octets dropped here\n", name_of(piece.direction), missing);
}

void append_text_end(std::string& out, const ContentTotals& totals) {
    append_head(out, totals.id, totals.time);
    fmt::format_to(std::back_inserter(out), "end: up {}, down {}, dropped {} octets\n", totals.written[0],
                   totals.written[1], totals.dropped);
}

}  // namespace bascule::inspect
