#pragma once

/// Which OpenSSL is at hand, and what it can. Here alone a version may be looked at (tests/layering.py): the rest of
/// tls/ asks for a capability by its name.
namespace bascule::tls {

/// "OpenSSL 3.0.22 ...": the library this process runs with, and the one it was compiled with.
const char* library_loaded();
const char* library_compiled();

/// Whether it looks for the decoders of a kind of key once, and not for each key.
bool remembers_decoders();

}  // namespace bascule::tls
