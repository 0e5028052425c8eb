#include "inspect/content/media_type.h"

#include "base/text.h"

#include <algorithm>
#include <optional>

namespace bascule::inspect {
namespace {

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? std::optional<unsigned>(lower - 'a' + 10) : std::nullopt;
}

/// What `%XX` at the front stands for.
std::optional<char> escaped(std::string_view text) {
    if (text.size() < 3 || text.front() != '%') return std::nullopt;
    const auto high = hex_digit(text[1]), low = hex_digit(text[2]);
    return high && low ? std::optional(static_cast<char>(*high << 4 | *low)) : std::nullopt;
}

std::string decoded(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto octet = escaped(text);
        out += octet ? *octet : text.front() == '+' ? ' ' : text.front();
        text.remove_prefix(octet ? 3 : 1);
    }
    return out;
}

}  // namespace

std::string_view field_of(const HeaderFields& fields, std::string_view name) {
    const auto found =
        std::ranges::find_if(fields, [&](const auto& field) { return equals_ignoring_case(field.first, name); });
    return found == fields.end() ? std::string_view() : found->second;
}

std::string media_type_of(const HeaderFields& fields) {
    const auto value = field_of(fields, "content-type");
    return to_lower(value.substr(0, value.find_first_of("; \t")));
}

bool is_json(std::string_view media_type) {
    return media_type == "application/json" || media_type.ends_with("+json");
}

std::vector<std::pair<std::string, std::string>> form_fields(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> fields;
    while (!text.empty()) {
        const auto part = text.substr(0, text.find('&'));
        const auto equals = std::min(part.find('='), part.size());
        if (!part.empty())
            fields.emplace_back(decoded(part.substr(0, equals)),
                                decoded(part.substr(std::min(equals + 1, part.size()))));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
    }
    return fields;
}

}  // namespace bascule::inspect
