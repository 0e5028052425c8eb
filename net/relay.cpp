#include "net/relay.h"

#include "net/deadline.h"
#include "net/splice.h"
#include "net/sync.h"

namespace bascule::net {
namespace {

// A pair that always has more to relay lets the others have their turn after so many pulls.
constexpr unsigned kPullsPerTurn = 4;
// A leg that renegotiates while the other side is stalled goes on being read until so much waits for that side.
constexpr std::size_t kRenegotiationRoom = 4_MiB;

class Relay {
  public:
    Relay(EventLoop& loop, Tap* tap, Traffic& traffic, RelayLimits limits)
        : loop_(loop), tap_(tap), traffic_(traffic), limits_(limits), one_way_ended_(loop) {}

    Task<void> run(Stream& first, Stream& second) {
        traffic_.last_moved = loop_.now();
        auto both = copy_both(first, second);
        const auto ended = co_await any_of(std::move(both), watch_time());
        traffic_.timed_out = ended.index() == 1;
    }

  private:
    Task<void> copy_both(Stream& first, Stream& second) {
        co_await any_of(copy_until_end(first, second), until_broken());
    }

    Task<void> copy_until_end(Stream& first, Stream& second) {
        co_await all_of(copy(first, second, true), copy(second, first, false));
    }

    Task<void> until_broken() { co_await broken_.wait(); }

    Task<void> copy(Stream& from, Stream& to, bool up) {
        auto* from_socket = dynamic_cast<TcpStream*>(&from);
        auto* to_socket = dynamic_cast<TcpStream*>(&to);
        std::uint64_t& count = up ? traffic_.up : traffic_.down;
        if (from_socket && to_socket && !tap_) {
            co_await splice_one_way(*from_socket, *to_socket, count, traffic_.last_moved);
        } else {
            co_await copy_octets(from, to, up, count);
        }
        if (broken_) co_return;  // the other direction has ended both: what is seen here is only that
        if (from.ending() != Ending::none) {
            pass_ending_on(from, to, up);
            co_await send_rest(to);  // close_notify is an octet like others: it must have left before the relay ends
        } else if (to.ending() != Ending::none) {
            // `to` takes nothing any more and has nothing more to say: what `from` still sends is for nobody.
            note_ending(to.ending() == Ending::failed ? Ending::failed : Ending::reset, !up);
            // Unless the other direction is still handing over the last of it (an answer before the upload's end).
            if (other_way_done_) {
                from.abort();
                broken_.set(loop_);
            }
        }
        other_way_done_ = true;
    }

    Task<void> copy_octets(Stream& from, Stream& to, bool up, std::uint64_t& count) {
        unsigned pulls = 0;
        while (true) {
            const Pull pulled = from.pull([&](ByteView octets) {
                count += octets.size();
                if (tap_) tap_->passed(up, octets);
                to.push(octets);
            });
            const bool all_sent = to.flush();
            if (pulled == Pull::ended || to.broken()) break;
            if (pulled == Pull::data) traffic_.last_moved = loop_.now();
            if (!all_sent) {
                co_await make_room(from, to);  // then looks again: `from` may be what made it return
            } else if (pulled == Pull::blocked) {
                pulls = 0;
                co_await from.until_readable();
            } else if (++pulls % kPullsPerTurn == 0) {
                co_await loop_.yield();
            }
        }
        co_await send_rest(to);
    }

    /// Waits until `to` has taken what it was given; not where `from` must be read for its handshake to go on.
    Task<void> make_room(Stream& from, Stream& to) {
        while (!to.flush() && !to.broken()) {
            if (from.urgent() && to.pending() < kRenegotiationRoom) {
                co_await any_of(writable(to), readable(from));
                co_return;
            }
            co_await to.until_writable();
            traffic_.last_moved = loop_.now();
        }
    }
    /// Until all has been sent; a slow reader is not an idle one.
    Task<void> send_rest(Stream& to) {
        while (!to.flush() && !to.broken()) {
            co_await to.until_writable();
            traffic_.last_moved = loop_.now();
        }
    }
    static Task<void> writable(Stream& stream) { co_await stream.until_writable(); }
    static Task<void> readable(Stream& stream) { co_await stream.until_readable(); }

    void pass_ending_on(Stream& from, Stream& to, bool up) {
        const Ending how = from.ending();
        note_ending(how, up);
        traffic_.last_moved = loop_.now();  // from here on the half-close limit counts
        switch (how) {
            case Ending::fin:
            case Ending::close_notify:
                to.shutdown_write();
                break;
            case Ending::truncated:
                to.truncate();
                break;
            default:
                to.abort();
                broken_.set(loop_);
        }
        one_way_ended_.set();
    }

    void note_ending(Ending how, bool of_first) {
        const bool in_order = traffic_.how == Ending::fin || traffic_.how == Ending::close_notify;
        if (traffic_.how == Ending::none) traffic_.ended_at = loop_.now();
        if (traffic_.how == Ending::none || (how == Ending::reset && in_order && traffic_.by_first != of_first)) {
            traffic_.how = how;
            traffic_.by_first = of_first;
        }
    }

    /// Finishes when nothing has moved for too long. Looks only when the deadline comes, or a direction ends.
    Task<void> watch_time() {
        while (true) {
            const bool half_closed = one_way_ended_.is_set();
            const Time deadline =
                traffic_.last_moved + (half_closed ? std::min(limits_.half_close, limits_.idle) : limits_.idle);
            if (deadline <= loop_.now()) co_return;
            if (half_closed) {
                co_await loop_.wait_until(deadline);
            } else {
                co_await any_of(loop_.sleep_until(deadline), one_way_ended_.happened());
            }
        }
    }

    EventLoop& loop_;
    Tap* tap_;
    Traffic& traffic_;
    RelayLimits limits_;
    Event one_way_ended_;
    Readiness broken_{false};
    bool other_way_done_ = false;  ///< one of the two copies has finished
};

}  // namespace

Task<void> relay(EventLoop& loop, Stream& first, Stream& second, RelayLimits limits, Tap* tap, Traffic& traffic) {
    Relay relaying(loop, tap, traffic, limits);
    co_await relaying.run(first, second);
}

}  // namespace bascule::net
