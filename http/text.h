#pragma once

#include "base/text.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace bascule::http {

/// Without the optional white space around it (OWS, RFC 9110 section 5.6.3).
inline std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// The next item of a comma-separated list (RFC 9110 section 5.6.1), which is taken off it.
inline std::string_view take_item(std::string_view& list) {
    const auto item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    return trimmed(item);
}

/// Whether a field of that name lists the word, both in any case.
template <class Fields>
bool lists(const Fields& fields, std::string_view name, std::string_view word) {
    return std::ranges::any_of(fields, [&](const auto& field) {
        std::string_view rest = equals_ignoring_case(field.name, name) ? std::string_view(field.value) : "";
        while (!rest.empty()) {
            if (equals_ignoring_case(take_item(rest), word)) return true;
        }
        return false;
    });
}

/// `&`, `<` and `>` as entities.
inline std::string in_html(std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    return out;
}

}  // namespace bascule::http
