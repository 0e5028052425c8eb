#include "tls/session/context.h"

#include "base/error.h"
#include "tls/openssl.h"
#include "tls/session_library.h"

namespace bascule::tls {

ContextHandle make_context(const SSL_METHOD* method, const char* ciphers, const char* groups, bool legacy) {
    constexpr int kLevel = 2;  // SSL_CTX_set_security_level(3): 112 bits
    ContextHandle context(SSL_CTX_new_ex(session_library(), nullptr, method));
    require(context != nullptr, "a TLS context");
    SSL_CTX* raw = context.get();
    SSL_CTX_set_security_level(raw, legacy ? 0 : kLevel);
    require(SSL_CTX_set_cipher_list(raw, ciphers) == 1 && SSL_CTX_set1_groups_list(raw, groups) == 1, "a TLS context");
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);  // a leaf is shown with its own chain
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION);
    return context;
}

}  // namespace bascule::tls
