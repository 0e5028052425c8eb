#pragma once

#include <string_view>

namespace bascule::tls {

/// Whether everybody may register names below this one (com, co.uk, and any name of one label), by the ICANN section of
/// the public suffix list: no certificate for all of them is believed, as in browsers. The private section (github.io)
/// belongs to hosts whose owners do hold such certificates. Letter case does not matter.
bool is_public_suffix(std::string_view name);

}  // namespace bascule::tls
