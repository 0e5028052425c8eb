#pragma once

#include "base/duration.h"
#include "tls/handles.h"

#include <string>
#include <vector>

/// What stands above a CA in its file: the issuers that go with each leaf, so that a client that trusts a corporate
/// root alone finds its way.
namespace bascule::tls {

struct AuthorityChain {
    std::vector<CertificateHandle> issuers;  ///< each issued the one before it, the first the CA; no self-signed root
    CertificateHandle root;                  ///< a root of theirs in the file; null: none
    std::vector<CertificateHandle> strays;   ///< in the file, and above the CA nowhere
};

/// Puts the other certificates of the CA's file in order. Throws Error where the chain cannot carry a leaf: one of them
/// is no CA, or its path length (RFC 5280 section 4.2.1.9) does not allow those below it.
AuthorityChain chain_above(X509* authority, std::vector<CertificateHandle> others);

/// Whether it is signed by its own key.
bool is_self_signed(X509* certificate);

}  // namespace bascule::tls
