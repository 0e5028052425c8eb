#pragma once

#include <cstddef>

#include "net/loop.h"

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
    struct Wait {
        Semaphore& owner;
        Waiter waiter{};
        bool await_ready() const { return owner.permits_ > 0; }
        void await_suspend(std::coroutine_handle<> handle) {
            waiter.handle = handle;
            owner.waiters_.push_back(waiter);
        }
        void await_resume() const {}
    };
    void release() {
        ++permits_;
        if (!waiters_.empty()) loop_.make_ready(waiters_.front());
    }

    EventLoop& loop_;
    std::size_t permits_;
    List<Waiter> waiters_;
};

inline Task<Semaphore::Permit> Semaphore::acquire() {
    while (permits_ == 0) co_await Wait{*this};
    --permits_;
    co_return Permit(this);
}

}  // namespace bascule::net
