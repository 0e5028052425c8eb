#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace bascule::http {

/// Without the optional white space around it (OWS, RFC 9110 section 5.6.3).
inline std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// `&`, `<` and `>` as entities.
inline std::string in_html(std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    return out;
}

}  // namespace bascule::http
