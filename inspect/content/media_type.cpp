#include "inspect/content/media_type.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>

namespace bascule::inspect {
namespace {

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        const auto digits = text.substr(i + 1 < text.size() ? i + 1 : i, 2);
        const bool escape = text[i] == '%' && digits.size() == 2 &&
                            std::from_chars(digits.data(), digits.data() + 2, value, 16).ptr == digits.data() + 2;
        out += escape ? static_cast<char>(value) : text[i] == '+' ? ' ' : text[i];
        i += escape ? 2 : 0;
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
