#include "inspect/content/content_format.h"

#include "inspect/content/shown.h"
#include "inspect/json.h"
#include "inspect/utf8.h"

#include <fmt/format.h>

#include <iterator>

namespace bascule::inspect {
namespace {

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
