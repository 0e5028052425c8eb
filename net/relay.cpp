#include "net/relay.h"

#include "net/splice.h"
#include "net/task/deadline.h"
#include "net/task/sync.h"

#include <memory>
#include <utility>

namespace bascule::net {
namespace {

// A pair that always has more to relay lets the others have their turn after so many pulls.
constexpr unsigned kPullsPerTurn = 4;
// A leg that renegotiates while the other side is stalled goes on being read until so much waits for that side.
constexpr std::size_t kRenegotiationRoom = 4_MiB;

// What a watcher has not admitted yet: twice the largest ClientHello.
constexpr std::size_t kMostHeld = 128_KiB;

/// What a relay with a watcher has besides, for each direction.
struct Watching {
    struct Way {
        explicit Way(EventLoop& loop) : news(loop) {}
        Bytes held;  ///< not admitted yet
        bool ended = false;
        Event news;  ///< the other direction has moved or ended
    };
    Watching(EventLoop& loop, Watcher& watcher) : watcher(watcher), up(loop), down(loop) {}
    Way& way(bool of_up) { return of_up ? up : down; }

    Watcher& watcher;
    Way up, down;
};

class Relay {
  public:
    Relay(EventLoop& loop, Tap* tap, Traffic& traffic, RelayLimits limits, Watcher* watcher)
        : loop_(loop), tap_(tap), traffic_(traffic), limits_(limits), one_way_ended_(loop) {
        if (watcher) watching_ = std::make_unique<Watching>(loop, *watcher);
    }

    Task<void> run(Stream& first, Stream& second) {
        traffic_.last_moved = loop_.now();
        traffic_.stopped = false;
        auto both = copy_both(first, second);
        const auto ended = co_await any_of(std::move(both), watch_time());
        traffic_.timed_out = ended.index() == 1;
        if (!traffic_.stopped) co_return;
        if (!watching_->up.held.empty()) first.unread(watching_->up.held);
        if (!watching_->down.held.empty()) second.unread(watching_->down.held);
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
        if (watching_) {
            co_await copy_watched(from, to, up, count);
        } else if (from_socket && to_socket && !tap_) {
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
                if (to.ending() != Ending::failed) from.abort();
                broken_.set(loop_);
            }
        }
        other_way_done_ = true;
    }

    Task<void> copy_octets(Stream& from, Stream& to, bool up, std::uint64_t& count) {
        unsigned pulls = 0;
        while (true) {
            const Pull pulled = from.pull([&](ByteView octets) { pass_on(octets, to, up, count); });
            const bool ending = ends_now(from, to);
            if (ending && pulled == Pull::data) continue;
            const bool all_sent = ending || to.flush();
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
        if (!ends_now(from, to)) co_await send_rest(to);
    }

    /// `from` has ended in order, and `to` has taken all that was sent: what is left goes out together with the end.
    static bool ends_now(const Stream& from, const Stream& to) { return in_order(from.ending()) && to.pending() == 0; }

    void pass_on(ByteView octets, Stream& to, bool up, std::uint64_t& count) {
        count += octets.size();
        last_was_up_ = up;
        if (tap_) tap_->passed(up, octets);
        to.push(octets);
    }

    // Of the ways to copy one is taken, and of the waits below few are made: noinline, so that a copy's frame, which is
    // there as long as the connection, has no room for the others.
    [[gnu::noinline]] Task<void> copy_watched(Stream& from, Stream& to, bool up, std::uint64_t& count) {
        Watching::Way& way = watching_->way(up);
        unsigned pulls = 0;
        while (true) {
            const bool full = way.held.size() >= kMostHeld;
            if (full && from.broken()) from.abort();  // what is held is for nobody, and its reset would not be read
            const Pull pulled = full && !from.broken()
                                    ? Pull::blocked
                                    : from.pull([&](ByteView octets) { offer(octets, to, up, count); });
            if (broken_) co_return;  // the other direction has ended both: this end is none of the peer's
            if (pulled == Pull::ended && !std::exchange(way.ended, true)) {
                watching_->watcher.ended(up);
                if (!in_order(from.ending())) way.held.clear();
                watching_->way(!up).news.set();
            }
            if (pulled != Pull::data && !way.held.empty()) offer({}, to, up, count);
            const bool all_sent = to.flush();
            if (watching_->watcher.stops()) {
                traffic_.stopped = true;
                broken_.set(loop_);
                co_return;
            }
            if (to.broken() || (pulled == Pull::ended && way.held.empty())) break;
            if (pulled == Pull::data) traffic_.last_moved = loop_.now();
            if (!all_sent) {
                co_await make_room(from, to);
            } else if (pulled != Pull::data && !way.held.empty()) {
                co_await news(from, up);
            } else if (pulled == Pull::blocked) {
                pulls = 0;
                co_await from.until_readable();
            } else if (++pulls % kPullsPerTurn == 0) {
                co_await loop_.yield();
            }
        }
        watching_->way(!up).news.set();
        co_await send_rest(to);
    }

    /// What is held and `more` after it: what the watcher admits of that goes on.
    void offer(ByteView more, Stream& to, bool up, std::uint64_t& count) {
        Bytes& held = watching_->way(up).held;
        watching_->way(up).news.reset();
        const bool nothing_held = held.empty();
        if (!nothing_held) held.insert(held.end(), more.begin(), more.end());
        const ByteView all = nothing_held ? more : ByteView(held);
        const std::size_t admitted = watching_->watcher.stops() ? 0 : watching_->watcher.admit(up, all);
        if (admitted > 0) pass_on(all.first(admitted), to, up, count);
        if (nothing_held) {
            held.assign(all.begin() + static_cast<std::ptrdiff_t>(admitted), all.end());
        } else {
            held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(admitted));
            if (held.empty()) held = Bytes();  // an idle relay keeps no room for it
        }
        if (admitted > 0) watching_->way(!up).news.set();
    }

    /// Until there is reason to offer again what is held.
    [[gnu::noinline]] Task<void> news(Stream& from, bool up) {
        Watching::Way& way = watching_->way(up);
        const Time until = watching_->watcher.hold_until(up);
        if (way.ended || way.held.size() >= kMostHeld) {
            co_await any_of(way.news.happened(), loop_.sleep_until(until));
        } else {
            co_await any_of(readable(from), way.news.happened(), loop_.sleep_until(until));
        }
    }

    /// Waits until `to` has taken what it was given; not where `from` must be read for its handshake to go on.
    [[gnu::noinline]] Task<void> make_room(Stream& from, Stream& to) {
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
    [[gnu::noinline]] Task<void> send_rest(Stream& to) {
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
            case Ending::failed:  // what the other side is told is the caller's to say
                broken_.set(loop_);
                break;
            default:
                to.abort();
                broken_.set(loop_);
        }
        one_way_ended_.set();
    }

    void note_ending(Ending how, bool of_first) {
        if (traffic_.how == Ending::none) {
            traffic_.ended_at = loop_.now();
            traffic_.was_answered = last_was_up_ == !of_first;
        }
        if (traffic_.how == Ending::none ||
            (how == Ending::reset && in_order(traffic_.how) && traffic_.by_first != of_first)) {
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
    std::optional<bool> last_was_up_;  ///< the last octets passed on
    bool other_way_done_ = false;      ///< one of the two copies has finished
    std::unique_ptr<Watching> watching_;
};

}  // namespace

Task<void> relay(EventLoop& loop, Stream& first, Stream& second, RelayLimits limits, Tap* tap, Traffic& traffic,
                 Watcher* watcher) {
    Relay relaying(loop, tap, traffic, limits, watcher);
    co_await relaying.run(first, second);
}

}  // namespace bascule::net
