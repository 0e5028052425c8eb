#pragma once

#include "base/bytes.h"

#include <cstdint>

namespace bascule::http::coding {

/// How far one coding is undone, so that little that was sent does not become much.
struct Bounds {
    std::uint64_t decoded = 64_MiB;  ///< octets that may come out
    std::uint64_t ratio = 1000;      ///< octets that may come out for each that goes in, after the first MiB
};

}  // namespace bascule::http::coding
