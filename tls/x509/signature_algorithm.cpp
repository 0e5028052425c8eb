#include "tls/x509/signature_algorithm.h"

#include "tls/openssl.h"

namespace bascule::tls {

void set_signature_algorithm(X509_ALGOR* algorithm, const EVP_PKEY* key) {
    int nid = NID_ecdsa_with_SHA256;
    int parameters = V_ASN1_UNDEF;
    if (EVP_PKEY_is_a(key, "RSA")) {
        nid = NID_sha256WithRSAEncryption;
        parameters = V_ASN1_NULL;
    } else if (EVP_PKEY_is_a(key, "ED25519")) {
        nid = NID_ED25519;
    }
    require(X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), parameters, nullptr) == 1, "signature algorithm");
}

Bytes signature_algorithm(const EVP_PKEY* key) {
    const Handle<X509_ALGOR, X509_ALGOR_free> algorithm(X509_ALGOR_new());
    require(algorithm != nullptr, "signature algorithm");
    set_signature_algorithm(algorithm.get(), key);
    return to_der<i2d_X509_ALGOR>(algorithm.get());
}

}  // namespace bascule::tls
