#pragma once

#include "base/bytes.h"
#include "net/task/task.h"

namespace bascule::tls {

/// Signs the to-be-signed part of leaf certificates with the CA's key. Asynchronous, so that the key can live in
/// another process: only the signature travels back.
class Signer {
  public:
    virtual ~Signer() = default;
    /// The signature (DER, as X.509 carries it) over `to_be_signed`, with the CA key and SHA-256. Throws Error. A
    /// cancelled request is dropped.
    virtual net::Task<Bytes> sign(Bytes to_be_signed) = 0;
};

}  // namespace bascule::tls
