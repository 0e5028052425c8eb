#include "inspect/line/exchange_parts.h"

#include <fmt/format.h>

namespace bascule::inspect {

std::string_view media_type(std::string_view content_type) {
    return content_type.substr(0, content_type.find_first_of("; "));
}

Color color_of(std::uint32_t status) {
    if (status >= 500) return Color::red;
    if (status >= 400) return Color::yellow;
    return status >= 300 ? Color::dim : Color::green;
}

std::string ending_of(const ExchangeEnd& end) {
    if (end.how == ExchangeHow::complete) return {};
    return readable(end.detail.empty() ? fmt::format("{} by the {}", name_of(end.how), name_of(end.by)) : end.detail);
}

std::string messages_of(const WebSocketRecord& record) {
    auto text = fmt::format("{} up ({}), {} down ({})", record.messages_up, size_text(record.bytes_up),
                            record.messages_down, size_text(record.bytes_down));
    if (record.close_code) text += fmt::format(", closed {}", *record.close_code);
    return text;
}

}  // namespace bascule::inspect
