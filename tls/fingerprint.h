#pragma once

#include "tls/client_hello.h"
#include "tls/handles.h"

#include <string>

namespace bascule::tls {

/// The JA4 of the hello that a session of `context` sends for a client that sent `hello`. Computed once per thread for
/// each shape (server name or none, ALPN, highest version); the memory of shapes is bounded.
std::string upstream_ja4(SSL_CTX* context, const ClientHello& hello);

}  // namespace bascule::tls
