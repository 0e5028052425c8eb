#pragma once

#include <string_view>

/// Which OpenSSL is at hand, and what it can. Here alone a version may be looked at (tests/layering.py): the rest of
/// tls/ asks for a capability by its name.
namespace bascule::tls {

/// "OpenSSL 3.0.22 ...": the library this process runs with, and the one it was compiled with.
const char* library_loaded();
const char* library_compiled();

/// Whether it can sign and verify with the scheme of this name: a look that costs microseconds, for start.
bool knows_scheme(std::string_view name);

}  // namespace bascule::tls
