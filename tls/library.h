#pragma once

#include <string_view>

/// Which OpenSSL is at hand, and what it can. Here alone a version may be looked at (tests/layering.py): the rest of
/// tls/ asks for a capability by its name.
namespace bascule::tls {

/// "OpenSSL 3.0.22 ...": the library this process runs with, and the one it was compiled with.
const char* library_loaded();
const char* library_compiled();

/// Whether it has a group for key exchange of this name: a look that costs microseconds, for start.
bool knows_group(std::string_view name);
/// Whether a `*` before a name in a list of groups has the client send a key share for it (OpenSSL 3.5); else it sends
/// one, for the first group.
bool chooses_key_shares();

/// A client that offers nothing older than TLS 1.1 says an empty renegotiation_info, and not the suite (since 3.4).
bool says_renegotiation_info();

}  // namespace bascule::tls
