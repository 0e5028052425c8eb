#pragma once

#include "inspect/exchange.h"
#include "inspect/line/line_parts.h"

#include <fmt/format.h>

/// What the line of an exchange is made of, and its row in a window.
namespace bascule::inspect {

/// Of an exchange or a WebSocket.
template <class Record>
std::string url_of(const Record& record) {
    const bool whole = record.path.starts_with('/') || record.path.empty();
    if (!whole || record.authority.empty()) return record.path;
    return fmt::format("{}://{}{}", record.scheme, record.authority, record.path);
}
/// `application/json` of `application/json; charset=utf-8`
std::string_view media_type(std::string_view content_type);
Color color_of(std::uint32_t status);
/// How it ended, where that was not in order; else empty.
std::string ending_of(const ExchangeEnd& end);
/// `3 up (84 B), 2 down (4.3 kB), closed 1000`
std::string messages_of(const WebSocketRecord& record);

/// LineStyle::window: in columns, to its width. An ending that was not in order is on a line of its own below.
void append_row(std::string& out, const ExchangeRecord& record, LineStyle style);
void append_row(std::string& out, const WebSocketRecord& record, LineStyle style);

}  // namespace bascule::inspect
