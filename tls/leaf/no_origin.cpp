#include "tls/leaf/no_origin.h"

#include "tls/openssl.h"
#include "tls/x509/extensions.h"

#include <ctime>

namespace bascule::tls {
namespace {

constexpr std::time_t kBegin = 946'684'800;  // 2000-01-01
constexpr std::time_t kEnd = 4'102'444'800;  // 2100-01-01

CertificateHandle build() {
    const KeyHandle key(EVP_EC_gen("P-256"));
    require(key != nullptr, "key");
    CertificateHandle made(X509_new());
    require(made && X509_set_version(made.get(), X509_VERSION_3) == 1, "certificate");
    set_random_serial(made.get());
    set_validity(made.get(), kBegin, kEnd);
    require(X509_set_pubkey(made.get(), key.get()) == 1, "public key");
    require(X509_sign(made.get(), key.get(), sha256()) > 0, "signature");
    require(X509_check_purpose(made.get(), -1, 0) == 1, "certificate");  // cached now, before threads share it
    return made;
}

}  // namespace

X509* no_origin() {
    static const CertificateHandle certificate = build();
    return certificate.get();
}

}  // namespace bascule::tls
