#pragma once

#include "base/bytes.h"
#include "tls/handles.h"

namespace bascule::tls {

/// Writes the algorithm of a signature that `key` makes: with SHA-256, Ed25519 without. Throws Error.
void set_signature_algorithm(X509_ALGOR* algorithm, const EVP_PKEY* key);
/// The same as DER.
Bytes signature_algorithm(const EVP_PKEY* key);

}  // namespace bascule::tls
