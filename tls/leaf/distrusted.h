#pragma once

#include "tls/signer/authority.h"

#include <memory>
#include <string>

namespace bascule::tls {

/// An authority that nobody trusts, for leaves that show what is wrong with an origin where their dates and names
/// cannot (verify: mirror). Its name is what a person finds in the browser: that the origin's certificate is not
/// trusted, and why, in `fault` (OpenSSL's short word). One key for all, made on first use, which never leaves the
/// process; its certificates are written nowhere and shown to nobody. Thread-safe.
std::shared_ptr<const Authority> distrusted_authority(const std::string& fault);

}  // namespace bascule::tls
