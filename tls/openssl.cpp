#include "tls/openssl.h"

#include <openssl/err.h>

namespace bascule::tls {

std::string take_openssl_reason() {
    const auto code = ERR_peek_error();
    ERR_clear_error();
    if (code == 0) return "unknown error";
    if (ERR_SYSTEM_ERROR(code)) return errno_text(ERR_GET_REASON(code));
    const char* reason = ERR_reason_error_string(code);
    return reason ? reason : fmt::format("error {:08x}", code);
}

const EVP_MD* sha256() {
    static const Handle<EVP_MD, EVP_MD_free> digest(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    return digest.get();
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    require(context_ && EVP_DigestInit_ex2(context_.get(), sha256(), nullptr) == 1, "SHA-256");
}

Sha256& Sha256::add(ByteView bytes) {
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "SHA-256");
    return *this;
}

Digest Sha256::finish() {
    Digest digest{};
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1, "SHA-256");
    return digest;
}

Digest digest_of(X509* certificate) {
    Digest digest{};
    require(X509_digest(certificate, sha256(), digest.data(), nullptr) == 1, "certificate digest");
    return digest;
}

Digest digest_of(X509_CRL* list) {
    Digest digest{};
    require(X509_CRL_digest(list, sha256(), digest.data(), nullptr) == 1, "revocation list digest");
    return digest;
}

}  // namespace bascule::tls
