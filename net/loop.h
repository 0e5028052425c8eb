#pragma once

#include "base/duration.h"
#include "net/list.h"
#include "net/task/task.h"

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

struct event_base;
struct event;

namespace bascule::net {

/// A point of the monotonic clock.
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// Time that tests move by hand. Without one, an EventLoop uses the machine's monotonic clock.
class ManualClock {
  public:
    Time now() const { return now_; }
    void advance(Duration span) { now_ += span; }

  private:
    Time now_{std::chrono::hours(1)};
};

/// A suspended coroutine that waits for one thing. It lives in the coroutine's frame (inside an awaiter), so that
/// destroying the frame takes it out of whatever it is queued in.
class Waiter : public ListNode {
  public:
    std::coroutine_handle<> handle;
};

/// An entry of the loop's timer heap.
class Timer {
  public:
    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer();

  private:
    friend class EventLoop;
    static constexpr std::size_t kIdle = SIZE_MAX;
    class EventLoop* loop_ = nullptr;
    Waiter* waiter_ = nullptr;
    Time when_{};
    std::size_t place_ = kIdle;
};

/// Something that may have missed an edge, and is asked to look for itself when the loop has nothing else to do.
class Doubt : public ListNode {
  public:
    virtual void look() = 0;

  protected:
    ~Doubt() = default;
};

/// One thread's loop: readiness from libevent, timers in a heap of its own, and a queue of coroutines that are ready
/// to go on. Nothing is resumed from inside another coroutine or a callback: what becomes ready is queued and runs in
/// the same turn, after the callbacks. So a task may destroy any other one that is suspended.
class EventLoop {
  public:
    explicit EventLoop(ManualClock* clock = nullptr);
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// The time at which this turn began; constant within a turn.
    Time now() const { return now_; }

    /// Turns until stop() is called.
    void run();
    /// From this thread: run() returns after this turn.
    void stop() { stopped_ = true; }
    /// One turn: waits for readiness, a timer or a posted function (not at all where something is ready already),
    /// then runs what is ready. With `wait` false it only looks.
    void turn(bool wait = true);
    /// Turns, without waiting, until nothing is ready and no timer is due.
    void run_until_idle();

    /// From any thread: runs `function` in a coming turn. The only thing here that another thread may call.
    void post(std::function<void()> function);

    /// Queues a waiter that is to be resumed in this turn.
    void make_ready(Waiter& waiter) { ready_.push_back(waiter); }

    /// Asks `doubt` once to look, before the loop next waits.
    void look_before_waiting(Doubt& doubt) { doubts_.push_back(doubt); }

    void arm(Timer& timer, Waiter& waiter, Time when);
    void disarm(Timer& timer);

    class Sleep {
      public:
        Sleep(EventLoop& loop, Time when) : loop_(loop), when_(when) {}
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> handle) {
            waiter_.handle = handle;
            loop_.arm(timer_, waiter_, when_);
        }
        void await_resume() const {}

      private:
        EventLoop& loop_;
        Time when_;
        Waiter waiter_;
        Timer timer_;
    };
    Sleep wait_until(Time when) { return Sleep(*this, when); }
    Task<void> sleep_until(Time when);
    Task<void> sleep_for(Duration span) { return sleep_until(now() + span); }

    class Yield {
      public:
        explicit Yield(EventLoop& loop) : loop_(loop) {}
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> handle) {
            waiter_.handle = handle;
            loop_.next_turn_.push_back(waiter_);
        }
        void await_resume() const {}

      private:
        EventLoop& loop_;
        Waiter waiter_;
    };
    /// Goes on in the next turn, after everybody who became ready meanwhile: bounds the work of one turn.
    Yield yield() { return Yield(*this); }

    /// File descriptors and timers that somebody waits for: what a cancelled connection must not leave behind.
    std::size_t watched() const { return watched_; }
    std::size_t armed_timers() const { return heap_.size(); }
    std::uint64_t turns() const { return turns_; }

    event_base* base() const { return base_; }

  private:
    friend class Watch;
    Time read_clock() const;
    bool anything_due() const;
    void run_ready();
    void settle_doubts();
    void fire_timers();
    void arm_wakeup();
    void run_posted();
    void sift_up(std::size_t place);
    void sift_down(std::size_t place);
    void put(std::size_t place, Timer* timer);
    static void on_wakeup(int, short, void*);
    static void on_posted(int, short, void*);

    ManualClock* clock_;
    Time now_{};
    event_base* base_ = nullptr;
    event* wakeup_ = nullptr;
    Time wakeup_at_ = Time::max();
    event* posted_event_ = nullptr;
    int posted_fd_ = -1;
    std::mutex posted_lock_;
    std::vector<std::function<void()>> posted_;
    List<Waiter> ready_;
    List<Waiter> next_turn_;
    List<Doubt> doubts_;
    std::vector<Timer*> heap_;
    std::size_t watched_ = 0;
    std::uint64_t turns_ = 0;
    bool stopped_ = false;
};

/// Finishes `task`, or destroys it at `when`: nothing then. One deadline covers a whole step, however many reads and
/// writes it takes.
template <class T>
Task<std::optional<Plain<T>>> with_deadline(EventLoop& loop, Time when, Task<T> task);

}  // namespace bascule::net

#include "net/task/deadline.h"
