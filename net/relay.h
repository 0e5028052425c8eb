#pragma once

#include "net/stream.h"

#include <cstdint>
#include <optional>

namespace bascule::net {

/// Sees what is relayed, in order, before it is pushed. `up` is from the first stream to the second.
class Tap {
  public:
    virtual void passed(bool up, ByteView octets) = 0;

  protected:
    ~Tap() = default;
};

struct RelayLimits {
    Duration idle{};        ///< no octet in either direction for so long
    Duration half_close{};  ///< the same, once one direction has ended
};

/// What a relay has come to so far: readable also after it was cancelled.
struct Traffic {
    std::uint64_t up = 0;
    std::uint64_t down = 0;
    Time last_moved{};
    /// The first ending, and whose it was; a reset by the other side replaces an orderly one.
    Ending how = Ending::none;
    bool by_first = true;
    Time ended_at{};  ///< when the first ending was seen
    bool timed_out = false;
};

/// Copies in both directions until both have ended, or one was reset (the other is reset too), or a limit has passed
/// (`traffic.timed_out`; the streams are left as they are). A peer's end of direction is passed on after all that came
/// before it, as what it was: in order, truncated, or a reset. At most one pull is in flight per direction; a peer
/// that does not read stops the reading on the other side. `tap` may be null.
Task<void> relay(EventLoop& loop, Stream& first, Stream& second, RelayLimits limits, Tap* tap, Traffic& traffic);

}  // namespace bascule::net
