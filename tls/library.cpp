#include "tls/library.h"

#include <openssl/crypto.h>
#include <openssl/opensslv.h>

namespace bascule::tls {

const char* library_loaded() {
    return OpenSSL_version(OPENSSL_VERSION);
}

const char* library_compiled() {
    return OPENSSL_VERSION_TEXT;
}

bool remembers_decoders() {
    return OPENSSL_VERSION_PREREQ(3, 2);
}

}  // namespace bascule::tls
