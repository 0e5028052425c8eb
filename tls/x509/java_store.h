#pragma once

#include "base/bytes.h"

#include <string>

namespace bascule::tls {

/// The certificates of a PEM file as a trust store of Java's (JKS, version 2; its password, which only guards against
/// accidents, is `changeit`). Throws Error.
Bytes java_trust_store(const std::string& pem_file);

}  // namespace bascule::tls
