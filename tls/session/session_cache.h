#pragma once

#include "tls/digest_cache.h"
#include "tls/handles.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace bascule::tls {

/// Sessions with origins that can be resumed, under keys that say for whom: the caller puts everything into a key that
/// a session must not be carried across (client, address, name, trust, client certificate, shape of hello). Bounded in
/// octets, the least recently used go first; shared by the workers, sharded. A TLS 1.3 session is given away once (RFC
/// 8446 appendix C.4), one of TLS 1.2 as often as it lives.
class SessionCache {
  public:
    using Clock = WallTime (*)();
    /// How many sessions of one key are kept: an origin may send several tickets, and a client that opens connections
    /// side by side needs several.
    static constexpr std::size_t kPerKey = 16;

    explicit SessionCache(std::size_t octets = 64u << 20, Clock now = std::chrono::system_clock::now);

    /// A session that is the caller's alone; null where there is none.
    std::shared_ptr<SSL_SESSION> take(const Digest& key);
    /// Keeps a copy of a session that is in use.
    void put(const Digest& key, SSL_SESSION* session);
    std::size_t octets() const { return sessions_.cost(); }

  private:
    struct Kept {
        std::shared_ptr<SSL_SESSION> session;
        WallTime until;
        std::size_t octets;
    };
    using Bundle = std::vector<Kept>;  ///< the newest last
    static std::size_t octets_of(const Bundle& bundle);

    Clock now_;
    DigestCache<Bundle> sessions_;
};

}  // namespace bascule::tls
