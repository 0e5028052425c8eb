#pragma once

#include <algorithm>
#include <string_view>

namespace bascule::http {

/// Without the optional white space around it (OWS, RFC 9110 section 5.6.3).
inline std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

}  // namespace bascule::http
