#pragma once

#include "tls/digest_cache.h"

#include <string>

namespace bascule::proxy {

/// What an own handshake with an address showed about a name.
struct ClaimVerdict {
    bool holds = false;
    std::string detail;  ///< why it does not, for a person
};

/// Verdicts by address, name and trust: those that hold for an hour, the others for a minute, so that an origin that
/// comes back is not turned away for long. Shared by the workers, sharded, bounded.
class ClaimVerdicts {
  public:
    std::optional<ClaimVerdict> find(const tls::Digest& key, WallTime now) { return cache_.find(key, now); }
    void put(const tls::Digest& key, ClaimVerdict verdict, WallTime now);

  private:
    static constexpr std::size_t kOctets = 8 << 20;
    tls::DigestCache<ClaimVerdict> cache_{kOctets};
};

}  // namespace bascule::proxy
