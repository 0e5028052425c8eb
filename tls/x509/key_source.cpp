#include "tls/x509/key_source.h"

#include "tls/openssl.h"
#include "tls/x509/pem.h"

#include <cstdlib>

namespace bascule::tls {
namespace {

constexpr std::string_view kCredential = "credential:";
constexpr std::string_view kToken = "pkcs11:";

/// The file of a credential: systemd puts it where only the service can read it.
std::string credential_path(const std::string& source) {
    const auto name = source.substr(kCredential.size());
    if (name.empty() || name == "." || name == ".." || name.contains('/')) {
        throw Error("{}: is no name of a credential; write credential: and the name given to LoadCredential=", source);
    }
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");  // NOLINT(concurrency-mt-unsafe): nothing sets it
    if (!directory || *directory != '/') {
        throw Error(
            "{}: no credentials were passed ($CREDENTIALS_DIRECTORY is not set); in the unit: LoadCredential={}:FILE",
            source, name);
    }
    return std::string(directory) + "/" + name;
}

KeyHandle load_credential(const std::string& source) {
    const auto path = credential_path(source);
    try {
        return read_private_key(path, SecretFile::credential);
    } catch (const CannotOpen& fault) {
        if (fault.error != ENOENT) throw;
        throw Error("{}: no such credential was passed; in the unit: LoadCredential={}:FILE", source,
                    source.substr(kCredential.size()));
    }
}

}  // namespace

bool is_key_elsewhere(std::string_view source) {
    return source.starts_with(kCredential) || source.starts_with(kToken);
}

std::string shown_key_source(const std::string& source) {
    return source.starts_with(kToken) ? source.substr(0, source.find('?')) : source;
}

bool is_key_of(X509* certificate, EVP_PKEY* key) {
    auto* expected = X509_get0_pubkey(certificate);
    if (!expected) return false;
    if (EVP_PKEY_eq(expected, key) == 1) return true;
    // OpenSSL 3.0 cannot compare a token's key, only what it looks like.
    return to_der<i2d_PUBKEY>(expected) == to_der<i2d_PUBKEY>(key);
}

KeyHandle load_private_key(const std::string& source) {
    if (source.starts_with(kCredential)) return load_credential(source);
    if (source.starts_with(kToken)) return load_pkcs11_key(source);
    return read_private_key(source);
}

}  // namespace bascule::tls
