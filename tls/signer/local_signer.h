#pragma once

#include "tls/handles.h"
#include "tls/signer/signer.h"

namespace bascule::tls {

/// The signature over `message` with SHA-256 (Ed25519: without a digest of ours). Throws Error.
Bytes sign_with(EVP_PKEY* key, ByteView message);

/// A signer whose key lives in this process. It never suspends.
std::unique_ptr<Signer> make_local_signer(KeyHandle key);

}  // namespace bascule::tls
