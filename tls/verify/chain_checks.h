#pragma once

#include "tls/handles.h"

#include <string>

namespace bascule::tls {

struct ChainFault {
    int code = X509_V_OK;
    int depth = 0;  ///< 0: the origin's own certificate
};

/// What OpenSSL lets pass in a chain that it has verified, from the leaf to the anchor. Every certificate: a key of a
/// kind and size that holds (RSA from 2048 bits, ECDSA from 256, EdDSA), each extension once, X.509 v3, a serial number
/// of 1..20 octets above zero. Below the anchor: no malformed extension, name constraints that constrain something and
/// policy constraints that are critical (RFC 5280 section 4.2.1). The leaf: no CA and no name constraints, unless it is
/// the anchor itself; serverAuth where it has an extended key usage; and last, the name, which the name constraints
/// above must admit even where a wildcard stands for it (null: none is asked for).
ChainFault check_chain(STACK_OF(X509) * chain, const std::string* server_name);

}  // namespace bascule::tls
