#pragma once

#include <openssl/crypto.h>

/// What the OpenSSL at hand is known to have, by its version: a capability that is not found there is a fault, and not
/// a test less.
namespace bascule::test {

inline bool has_ml_dsa() {
    return OpenSSL_version_num() >= 0x30500000UL;
}

}  // namespace bascule::test
