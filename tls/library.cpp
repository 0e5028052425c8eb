#include "tls/library.h"

#include "tls/handles.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/opensslv.h>

#include <string>

namespace bascule::tls {

const char* library_loaded() {
    return OpenSSL_version(OPENSSL_VERSION);
}

const char* library_compiled() {
    return OPENSSL_VERSION_TEXT;
}

bool knows_scheme(std::string_view name) {
    const ContextHandle context(SSL_CTX_new(TLS_client_method()));
    const bool knows = context && SSL_CTX_set1_sigalgs_list(context.get(), std::string(name).c_str()) == 1;
    ERR_clear_error();
    return knows;
}

}  // namespace bascule::tls
