#pragma once

#include "base/duration.h"
#include "tls/x509/name_constraints.h"

#include <optional>
#include <string>
#include <vector>

namespace bascule::tls {

/// What a CA signs. Plain octets, so that the check below needs no library that decodes certificates.
struct IssuingRules {
    Bytes subject;                             ///< the CA's, DER of the Name: the issuer of all that it signs
    Bytes public_key;                          ///< the CA's, DER of the SubjectPublicKeyInfo: never a leaf's
    Bytes algorithm;                           ///< DER of the AlgorithmIdentifier of its signatures
    WallTime not_after{};                      ///< the CA's end
    Duration longest{};                        ///< a leaf's life: what the configuration says and a day
    std::vector<NameConstraints> constraints;  ///< the CA's own, and those above it
};

/// Why the to-be-signed part of a certificate (RFC 5280 section 4.1.2) must not be signed; nothing: it is a leaf for
/// TLS servers, within the rules. Pure, and independent of the code that builds leaves: version 3, the CA as issuer and
/// its algorithm, a positive serial number of at most 20 octets, a life within the rules and not beyond the CA's end,
/// a key that is not the CA's, no CA and no right to sign certificates or revocations, TLS purposes only, names that
/// are legal and within the constraints, and no extension besides basicConstraints, keyUsage, extendedKeyUsage,
/// subjectAltName and the two key identifiers, each at most once. Two leaves that only show a client an origin's fault
/// pass: one that begins when the CA has ended, which is never valid, and one without subjectAltName under a CA without
/// constraints.
std::optional<std::string> fault_of_leaf(ByteView to_be_signed, const IssuingRules& rules);

/// Purposes that a leaf may have (the DER of the object identifier): serverAuth, clientAuth, any, and the two that
/// old clients of Microsoft and Netscape ask for.
bool is_leaf_purpose(ByteView object);

}  // namespace bascule::tls
