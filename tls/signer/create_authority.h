#pragma once

#include "base/duration.h"
#include "tls/x509/name_constraints.h"

#include <string>

namespace bascule::tls {

enum class AuthorityKey : std::uint8_t { ecdsa_p256, rsa_3072 };

struct NewAuthority {
    std::string common_name;
    AuthorityKey key = AuthorityKey::ecdsa_p256;
    Duration lifetime = std::chrono::hours(24 * 365 * 5);
    NameConstraints constraints{};  ///< empty: none
};

/// Both PEM texts, and what people compare.
struct CreatedAuthority {
    std::string certificate_pem;
    std::string key_pem;
    std::string fingerprint;
    std::string not_after;  ///< RFC 3339
};

/// A new root: CA:TRUE pathlen 0, keyCertSign and cRLSign, name constraints (critical) where there are any; a day of
/// its life is back-dated. Throws Error: a name that no certificate can hold.
CreatedAuthority create_authority(const NewAuthority& wanted);

}  // namespace bascule::tls
