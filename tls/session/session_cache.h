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

    explicit SessionCache(std::size_t octets = 64u << 20, Clock now = steady_time);

    /// A session that is the caller's alone; null where there is none.
    struct Taken {
        std::shared_ptr<SSL_SESSION> session;
        WallTime chain_end = WallTime::max();
        explicit operator bool() const { return session != nullptr; }
    };
    Taken take(const Digest& key);
    /// Keeps a copy of a session that is in use, at most until `chain_end` by the wall clock: when the first of the
    /// certificates ends by which its origin was believed.
    void put(const Digest& key, SSL_SESSION* session, WallTime chain_end = WallTime::max());
    /// All sessions of this key: their certificates are not accepted any more.
    void forget(const Digest& key);
    std::size_t octets() const { return sessions_.cost(); }

  private:
    struct Kept {
        std::shared_ptr<SSL_SESSION> session;
        WallTime until;      ///< by now_
        WallTime chain_end;  ///< by the wall clock
        std::size_t octets;
    };
    using Bundle = std::vector<Kept>;  ///< the newest last
    static std::size_t octets_of(const Bundle& bundle);

    Clock now_;
    DigestCache<Bundle> sessions_;
};

}  // namespace bascule::tls
