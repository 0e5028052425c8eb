#pragma once

#include "base/duration.h"
#include "inspect/content/content_log.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// The lines of a content log, appended to `out`. `ndjson` has one object per line (keys in this order):
///     {"event":"content_start","id","time"}
///     {"id","seq","time","direction":"up"|"down","offset","data"}, or "base64" (RFC 4648 section 4) instead of "data"
///         where the octets are not UTF-8 by themselves
///     {"id","seq","time","direction","offset","dropped":N} where N octets of that direction are missing
///     {"event":"content_end","id","time","up","down","dropped"}: octets written per direction, and all that are
///     missing
/// A line that a full disk cut does not end in `}`; what it would have held is in the gap that follows.
/// `offset` counts the octets of one direction as they passed, missing ones included. `text` has a head per piece,
/// then its lines after `> ` (up) or `< ` (down); printable UTF-8 stays as it is, CR LF is one line end, everything
/// else is \xHH. No content can look like a head.
namespace bascule::inspect {

/// One piece of one direction, or a gap in it.
struct ContentPiece {
    std::string_view id;
    std::uint64_t seq = 0;
    WallTime time{};
    Direction direction = Direction::up;
    std::uint64_t offset = 0;
};

struct ContentTotals {
    std::string_view id;
    WallTime time{};
    std::array<std::uint64_t, 2> written{};  ///< by Direction
    std::uint64_t dropped = 0;
};

constexpr std::size_t kLongestPiece = 16 << 10;  ///< octets of content in one line of ndjson, or under one head

void append_ndjson_start(std::string& out, std::string_view id, WallTime time);
void append_ndjson_piece(std::string& out, const ContentPiece& piece, std::string_view octets);
void append_ndjson_gap(std::string& out, const ContentPiece& piece, std::uint64_t missing);
void append_ndjson_end(std::string& out, const ContentTotals& totals);

void append_text_start(std::string& out, std::string_view id, WallTime time);
void append_text_piece(std::string& out, const ContentPiece& piece, std::string_view octets);
void append_text_gap(std::string& out, const ContentPiece& piece, std::uint64_t missing);
void append_text_end(std::string& out, const ContentTotals& totals);

}  // namespace bascule::inspect
