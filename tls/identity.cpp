#include "tls/identity.h"

#include "base/error.h"
#include "tls/pem.h"

#include <iterator>

namespace bascule::tls {

std::shared_ptr<const Identity> Identity::load(const std::string& certificate_path, const std::string& key_path) {
    auto certificates = read_certificates(certificate_path);
    auto identity = std::make_shared<Identity>();
    identity->certificate = std::move(certificates.front());
    identity->chain.assign(std::make_move_iterator(certificates.begin() + 1),
                           std::make_move_iterator(certificates.end()));
    identity->key = read_private_key(key_path);
    if (EVP_PKEY_eq(X509_get0_pubkey(identity->certificate.get()), identity->key.get()) != 1) {
        throw Error("{}: does not belong to {}; give the key that was made with it", key_path, certificate_path);
    }
    X509_check_purpose(identity->certificate.get(), -1, 0);  // computes what OpenSSL caches lazily
    return identity;
}

}  // namespace bascule::tls
