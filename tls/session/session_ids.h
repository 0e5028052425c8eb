#pragma once

#include "tls/digest_cache.h"
#include "tls/handles.h"

#include <memory>

namespace bascule::tls {

/// Sessions with clients of TLS 1.2 that take no tickets (curl does not), found by their ID (RFC 5246 section 7.3).
/// Shared by the workers, sharded, bounded in octets; the realm of a session (Session::set_realm) goes with it.
/// Outlives the contexts that it serves.
class SessionIds {
  public:
    explicit SessionIds(std::size_t octets = 16U << 20) : sessions_(octets) {}

    void serve(SSL_CTX* context);

  private:
    static SessionIds& of(SSL_CTX* context);
    static int keep(SSL* ssl, SSL_SESSION* session);
    static SSL_SESSION* find(SSL* ssl, const unsigned char* id, int size, int* copied);

    DigestCache<std::shared_ptr<SSL_SESSION>> sessions_;
};

}  // namespace bascule::tls
