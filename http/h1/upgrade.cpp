#include "http/h1/upgrade.h"

#include "base/text.h"
#include "http/text.h"

#include <algorithm>

namespace bascule::http {
namespace {

/// RFC 4648 section 5
std::optional<unsigned> sextet(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '-') return 62;
    if (c == '_') return 63;
    return std::nullopt;
}

/// base64url without its padding, which some write all the same.
std::optional<Bytes> decode(std::string_view text) {
    text = text.substr(0, text.find_last_not_of('=') + 1);
    Bytes octets;
    unsigned bits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto six = sextet(text[i]);
        if (!six) return std::nullopt;
        bits = bits << 6 | *six;
        if (i % 4 != 0) octets.push_back(static_cast<std::uint8_t>(bits >> (6 - 2 * (i % 4))));
    }
    return text.size() % 4 == 1 ? std::nullopt : std::optional(std::move(octets));
}

std::optional<Bytes> settings_of(FieldViews fields) {
    const auto is_settings = [](const FieldView& field) { return equals_ignoring_case(field.name, "HTTP2-Settings"); };
    if (std::ranges::count_if(fields, is_settings) != 1) return std::nullopt;
    return decode(std::ranges::find_if(fields, is_settings)->value);
}

}  // namespace

std::unique_ptr<UpgradeToHttp2> asks_for_http2(const RequestLine& line, FieldViews fields) {
    if (!lists(fields, "Upgrade", "h2c") || line.method == "CONNECT") return nullptr;
    return std::make_unique<UpgradeToHttp2>(line.method == "HEAD", settings_of(fields));
}

bool agrees_to_http2(const FieldView* upgrade) {
    return !upgrade || equals_ignoring_case(upgrade->value, "h2c");
}

}  // namespace bascule::http
