#pragma once

#include "base/bytes.h"

#include <string>

namespace bascule::http::hpack {

/// Appends what the coded string says (RFC 7541 section 5.2). False: it is not of that code.
bool append_decoded(ByteView coded, std::string& text);

}  // namespace bascule::http::hpack
