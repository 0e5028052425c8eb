#pragma once

#include <cstddef>
#include <string_view>

namespace bascule::config {

/// How many octets from the start are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) without NUL;
/// text.size() where all are.
std::size_t well_formed_prefix(std::string_view text);

}  // namespace bascule::config
