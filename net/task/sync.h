#pragma once

#include "net/loop.h"

#include <cstddef>
#include <optional>

namespace bascule::net {

/// Something that happens once (until reset) and that any number of coroutines wait for. Those who wait go on in the
/// same turn, never from inside set().
class Event {
  public:
    explicit Event(EventLoop& loop) : loop_(loop) {}

    bool is_set() const { return set_; }
    void set() {
        set_ = true;
        while (!waiters_.empty()) loop_.make_ready(waiters_.front());
    }
    void reset() { set_ = false; }

    class Wait {
      public:
        explicit Wait(Event& event) : event_(event) {}
        bool await_ready() const { return event_.set_; }
        void await_suspend(std::coroutine_handle<> handle) {
            waiter_.handle = handle;
            event_.waiters_.push_back(waiter_);
        }
        void await_resume() const {}

      private:
        Event& event_;
        Waiter waiter_;
    };
    Wait wait() { return Wait(*this); }
    Task<void> happened() { co_await wait(); }

  private:
    EventLoop& loop_;
    List<Waiter> waiters_;
    bool set_ = false;
};

/// Counts down permits; those who wait for one get it in the order they came.
class Semaphore {
  public:
    Semaphore(EventLoop& loop, std::size_t permits) : loop_(loop), permits_(permits) {}

    /// Returned when destroyed.
    class Permit {
      public:
        explicit Permit(Semaphore* owner) : owner_(owner) {}
        Permit(Permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
        Permit& operator=(Permit&&) = delete;
        ~Permit() {
            if (owner_) owner_->release();
        }

      private:
        Semaphore* owner_;
    };

    std::size_t available() const { return permits_; }
    Task<Permit> acquire();

  private:
    /// Holds the permit from the moment it is granted: whoever comes meanwhile cannot overtake, and a wait that is
    /// cancelled before it goes on passes the permit on.
    class Wait final : public Waiter {
      public:
        explicit Wait(Semaphore& owner) : owner_(owner) {}
        Wait(const Wait&) = delete;
        Wait& operator=(const Wait&) = delete;
        bool await_ready() const { return false; }
        bool await_suspend(std::coroutine_handle<> waiting) {
            handle = waiting;
            if (owner_.permits_ == 0) {
                owner_.waiters_.push_back(*this);
                return true;
            }
            --owner_.permits_;
            permit_.emplace(&owner_);
            return false;
        }
        Permit await_resume() { return std::move(*permit_); }

      private:
        friend class Semaphore;
        Semaphore& owner_;
        std::optional<Permit> permit_;
    };
    void release() {
        if (waiters_.empty()) {
            ++permits_;
            return;
        }
        Wait& first = waiters_.front();
        first.permit_.emplace(this);
        loop_.make_ready(first);
    }

    EventLoop& loop_;
    std::size_t permits_;
    List<Wait> waiters_;
};

inline Task<Semaphore::Permit> Semaphore::acquire() {
    co_return co_await Wait(*this);
}

}  // namespace bascule::net
