#pragma once

#include "tls/handles.h"

#include <string>

/// Where a private key comes from: a PEM file, `credential:NAME` (systemd.exec(5), LoadCredential=) or `pkcs11:...`
/// (a token's key, RFC 7512).
namespace bascule::tls {

/// Throws Error with a text that begins with the source (of a URI without its PIN): the file is missing (CannotOpen),
/// group or others may touch it, it is encrypted or holds no key; no credential of that name was passed; the token,
/// its module or OpenSSL's engine for it is missing, or refuses the PIN. Asks nobody for a PIN or a password.
KeyHandle load_private_key(const std::string& source);

/// The source as it may be shown: of a PKCS#11 URI only the part that names the key, without PIN.
std::string shown_key_source(const std::string& source);

/// Whether the source is no file's name.
bool is_key_elsewhere(std::string_view source);

/// Whether the certificate's key is this one.
bool is_key_of(X509* certificate, EVP_PKEY* key);

/// A key of a PKCS#11 token, through OpenSSL's engine. PIN: `pin-value=`, or `pin-source=` a file that only its owner
/// may touch; module: `module-path=`, else $PKCS11_MODULE_PATH, else the engine's own (p11-kit). One module per
/// process.
KeyHandle load_pkcs11_key(const std::string& uri);

}  // namespace bascule::tls
