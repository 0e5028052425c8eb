#pragma once

#include <openssl/types.h>

namespace bascule::tls {

/// The library context that TLS sessions work in. For the key of each certificate that comes, OpenSSL 3.0 asks all
/// keys, ciphers and decoders that its providers have, 80 us; here there are those of TLS alone, and it takes 30. What
/// is done with them is done by the same provider. Null, the process's own context, where the library remembers what it
/// found, or openssl.cnf(5) names other providers or properties. Lives as long as the process; thread-safe.
OSSL_LIB_CTX* session_library();

}  // namespace bascule::tls
