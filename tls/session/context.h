#pragma once

#include "tls/handles.h"

/// What the contexts of both legs have in common. A context is built once and immutable from then on (making one costs
/// 110 us). Sessions of a context find what is theirs alone, as the leaf and the expected name, in their Session.
namespace bascule::tls {

/// Throws Error where OpenSSL does not take the lists. RSA-2048 and SHA-256 at least, unless `legacy`.
ContextHandle make_context(const SSL_METHOD* method, const char* ciphers, const char* groups, bool legacy);

}  // namespace bascule::tls
