#include "tls/library.h"

#include "tls/handles.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/opensslv.h>

#include <string>

namespace bascule::tls {
namespace {

bool takes_groups(const std::string& list) {
    const ContextHandle context(SSL_CTX_new(TLS_client_method()));
    const bool takes = context && SSL_CTX_set1_groups_list(context.get(), list.c_str()) == 1;
    ERR_clear_error();
    return takes;
}

}  // namespace

const char* library_loaded() {
    return OpenSSL_version(OPENSSL_VERSION);
}

const char* library_compiled() {
    return OPENSSL_VERSION_TEXT;
}

bool knows_group(std::string_view name) {
    return takes_groups(std::string(name));
}

bool chooses_key_shares() {
    static const bool chooses = takes_groups("*P-256");
    return chooses;
}

bool says_renegotiation_info() {
    return OpenSSL_version_num() >= 0x30400000;
}

}  // namespace bascule::tls
