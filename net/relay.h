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

/// Decides over what is relayed before it is passed on: for a beginning that may turn into something else.
class Watcher {
  public:
    /// `octets` is all that has come in this direction and has not been passed on. How many of them to pass on now: the
    /// rest is held, and offered again with what follows it, when the other direction has moved or either has ended,
    /// and at hold_until(). While 128 KiB are held no more is read.
    virtual std::size_t admit(bool up, ByteView octets) = 0;
    /// That side has ended its direction: nothing follows what is held, which is offered once more, or dropped where
    /// the end was not in order.
    virtual void ended(bool up) = 0;
    /// When what is held is to be offered again though nothing has happened; Time::max(): never.
    virtual Time hold_until(bool up) const = 0;
    /// Whether the relay stops here; asked after each of the others.
    virtual bool stops() const = 0;

  protected:
    ~Watcher() = default;
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
    bool stopped = false;  ///< by the watcher
    /// At the first ending, the other side had spoken last: nothing that it waits for is missing. Not told where
    /// spliced.
    bool was_answered = false;
};

/// Copies in both directions until both have ended, or one was reset (the other is reset too); or until one has failed
/// or a limit has passed (`traffic.timed_out`), where the streams are left as they are. A peer's end of direction is
/// passed on after all that came before it, as what it was: in order, truncated, or a reset. At most one pull is in
/// flight per direction; a peer that does not read stops the reading on the other side. `tap` may be null. A `watcher`
/// may stop the relay too (`traffic.stopped`): what it admitted has been pushed, though perhaps not been sent yet; what
/// it did not admit has been put back with unread(); and both streams can be used on.
Task<void> relay(EventLoop& loop, Stream& first, Stream& second, RelayLimits limits, Tap* tap, Traffic& traffic,
                 Watcher* watcher = nullptr);

}  // namespace bascule::net
