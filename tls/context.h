#pragma once

#include "tls/handles.h"
#include "tls/trust.h"

#include <memory>

/// One SSL_CTX per leg and policy, built once and immutable from then on (making one costs 110 us). Sessions of a
/// context find the leaf, the expected name and the limits in their own Session object.
namespace bascule::tls {

/// The leg to the client, where we are the server: TLS 1.2 and 1.3, ECDHE with AEAD, secure renegotiation, no
/// resumption.
ContextHandle make_client_leg_context();

struct UpstreamPolicy {
    std::shared_ptr<const Verifier> verifier;
    bool enforce = true;
    int minimum_version = TLS1_2_VERSION;
};

/// The leg to the origin, where we are the client.
class UpstreamContext {
  public:
    explicit UpstreamContext(UpstreamPolicy policy);
    UpstreamContext(const UpstreamContext&) = delete;  // OpenSSL holds a pointer into it
    SSL_CTX* get() const { return context_.get(); }
    bool enforces() const { return policy_.enforce; }

  private:
    UpstreamPolicy policy_;
    ContextHandle context_;
};

/// "OpenSSL 3.0.22 ...": the library this process runs with, and the one it was compiled with.
const char* library_loaded();
const char* library_compiled();

}  // namespace bascule::tls
