#pragma once

#include "net/task/sync.h"
#include "tls/digest_cache.h"

#include <map>
#include <memory>
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

/// One worker's handshakes that are under way: who needs the same verdict waits for it.
class ClaimProbes {
  public:
    /// Under way from construction to destruction, when all who wait go on: one of them tries again where a
    /// cancellation was the end.
    class Turn {
      public:
        Turn(ClaimProbes& probes, net::EventLoop& loop, const tls::Digest& key);
        ~Turn();
        Turn(const Turn&) = delete;

      private:
        ClaimProbes& probes_;
        tls::Digest key_;
    };
    /// Set when the one under way is over; null where there is none.
    std::shared_ptr<net::Event> under_way(const tls::Digest& key) const;

  private:
    std::map<tls::Digest, std::shared_ptr<net::Event>> over_;
};

}  // namespace bascule::proxy
