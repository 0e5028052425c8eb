#pragma once

#include "tls/handles.h"

#include <functional>
#include <vector>

namespace bascule::tls {

/// A way from a leaf to an anchor, by names, key identifiers and usages; no signature has been checked.
struct Path {
    std::vector<X509*> intermediates;  ///< borrowed, from the leaf upwards
    CertificateHandle anchor;
};

/// Shows `look` the paths from `leaf` through certificates of `untrusted` to one in `store`, until it returns true or
/// there are no more. OpenSSL follows only one, which an issuer with several certificates can lead astray (RFC 4158).
/// Bounded in paths and in steps, whatever an origin sends.
void each_path(X509_STORE* store, X509* leaf, STACK_OF(X509) * untrusted, const std::function<bool(const Path&)>& look);

}  // namespace bascule::tls
