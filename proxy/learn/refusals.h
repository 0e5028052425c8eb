#pragma once

#include "proxy/learn/aging_map.h"

#include <atomic>
#include <cstdint>
#include <mutex>

namespace bascule::proxy {

/// How often our certificate for a name has been refused: a client that pins does so every time. A count is forgotten
/// a day after its last refusal. Bounded: of too many subjects the least recently counted goes. Thread-safe.
class Refusals {
  public:
    /// Counts one more; how many there have been.
    std::uint32_t add(const Subject& subject, WallTime now);
    /// The certificate was accepted, or what the count was for has been done.
    void forget(const Subject& subject);
    /// Whether there is anything to forget: asks for no lock, so that healthy traffic takes none.
    bool any() const { return any_.load(std::memory_order_relaxed); }

  private:
    static constexpr std::size_t kMost = 4096;

    std::mutex lock_;
    AgingMap<std::uint32_t> counts_{kMost};
    std::atomic<bool> any_{false};
};

}  // namespace bascule::proxy
