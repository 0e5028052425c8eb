#pragma once

#include "base/duration.h"
#include "tls/handles.h"

#include <string>

namespace bascule::tls {

/// Faults that OpenSSL has no number for.
enum OwnFault : int {
    kFaultVersion = 1001,   ///< not X.509 v3
    kFaultSerial,           ///< not 1..20 octets, or not positive
    kFaultDuplicate,        ///< an extension occurs twice, or there are very many
    kFaultOwnAuthority,     ///< issued by the authority that we forge under
    kFaultLeafIsAuthority,  ///< a CA, or with name constraints, in the place of a leaf
    kFaultKeyKind,          ///< not RSA, ECDSA or EdDSA
    kFaultNoStaple,         ///< an OCSP answer is demanded, and there is no good one
    kFaultBadStaple,        ///< the stapled OCSP answer does not hold
};

/// What was found wrong, where in the chain, and what was expected.
struct VerifyFault {
    int code = 0;
    int depth = 0;  ///< 0: the origin's own certificate
    X509* certificate = nullptr;
    const std::string& server_name;
    WallTime now;
};

/// One line for a person: which certificate, what is wrong, the dates or names that show it.
std::string verify_detail(const VerifyFault& fault);
/// A few words: OpenSSL's where it has them ("certificate has expired").
std::string verify_word(int code);

}  // namespace bascule::tls
