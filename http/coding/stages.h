#pragma once

#include "http/coding/stage.h"

#include <memory>

namespace bascule::http::coding {

/// RFC 1952: members one after the other; what follows the last and is no member is left alone.
std::unique_ptr<Stage> make_gzip(Bounds bounds);
/// RFC 1950, as RFC 9110 section 8.4.1.2 has it, and RFC 1951 without a wrapping, as some servers send it.
std::unique_ptr<Stage> make_deflate(Bounds bounds);
/// RFC 7932, with windows up to 16 MiB.
std::unique_ptr<Stage> make_brotli(Bounds bounds);
/// RFC 8878: frames one after the other, with windows up to 8 MiB (RFC 9659).
std::unique_ptr<Stage> make_zstd(Bounds bounds);

}  // namespace bascule::http::coding
