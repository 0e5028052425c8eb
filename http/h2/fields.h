#pragma once

#include "http/exchanges.h"

#include <cstdint>
#include <optional>

namespace bascule::http::h2 {

/// The pseudo-fields of a head (RFC 9113 section 8.3); null: not there.
struct Pseudo {
    const FieldView* method = nullptr;
    const FieldView* scheme = nullptr;
    const FieldView* authority = nullptr;
    const FieldView* path = nullptr;
    const FieldView* protocol = nullptr;  ///< RFC 8441
    const FieldView* status = nullptr;
};

/// A header block, taken apart: views into it.
struct Message {
    Pseudo pseudo;
    FieldViews fields;                    ///< what follows the pseudo-fields
    std::optional<std::uint64_t> length;  ///< Content-Length
    const FieldView* host = nullptr;
};

/// Checks what holds for every field of every message (RFC 9113 section 8.2): names and values have only what they may,
/// pseudo-fields are known, come first and once, nothing speaks of the connection. Throws Bad.
Message take_apart(FieldViews list);

}  // namespace bascule::http::h2
