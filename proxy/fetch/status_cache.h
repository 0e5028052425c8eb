#pragma once

#include "tls/digest_cache.h"
#include "tls/verify/ocsp.h"

namespace bascule::proxy {

/// What responders said about certificates, by the certificate and what its chain is verified by: what speaks for or
/// against one until the answer's nextUpdate, at most a week; the rest for a minute, so that a responder that comes
/// back is believed soon. Ages are steady. Shared by the workers, sharded, bounded.
class StatusCache {
  public:
    std::optional<tls::Staple> find(const tls::Digest& key, WallTime steady) { return cache_.find(key, steady); }
    /// `now` is by the wall clock, as the answer's nextUpdate is.
    void put(const tls::Digest& key, const tls::Staple& answer, WallTime steady, WallTime now);

  private:
    static constexpr std::size_t kEntries = 65536;
    tls::DigestCache<tls::Staple> cache_{kEntries};
};

}  // namespace bascule::proxy
