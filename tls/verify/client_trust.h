#pragma once

#include "tls/openssl.h"

#include <memory>
#include <string>

namespace bascule::tls {

/// The CAs that clients of a listener must have a certificate of (client_ca). Immutable, shared by all workers.
class ClientTrust {
  public:
    /// From a PEM file. Throws Error: a file that is missing, unreadable or holds none; one that is no CA.
    static std::shared_ptr<const ClientTrust> load(const std::string& path);

    X509_STORE* store() const { return store_.get(); }
    /// The names that clients are told, so that they know which certificate to show.
    const STACK_OF(X509_NAME) * names() const { return names_.get(); }

    const Digest& digest() const { return digest_; }  ///< SHA-256 of all of them

  private:
    using Names =
        Handle<STACK_OF(X509_NAME), [](STACK_OF(X509_NAME) * names) { sk_X509_NAME_pop_free(names, X509_NAME_free); }>;

    StoreHandle store_;
    Names names_;
    Digest digest_{};
};

}  // namespace bascule::tls
