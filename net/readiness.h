#pragma once

#include "net/loop.h"

namespace bascule::net {

/// A belief that something can be done now, and the one coroutine that waits for it. Whoever tries and fails clears
/// the belief; whoever learns better sets it.
class Readiness {
  public:
    explicit Readiness(bool ready) : ready_(ready) {}
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;

    explicit operator bool() const { return ready_; }
    void clear() { ready_ = false; }
    void set(EventLoop& loop) {
        ready_ = true;
        if (waiter_) loop.make_ready(*std::exchange(waiter_, nullptr));
    }

    class Wait {
      public:
        explicit Wait(Readiness& readiness) : readiness_(readiness) {}
        Wait(const Wait&) = delete;
        Wait& operator=(const Wait&) = delete;
        ~Wait() {
            if (readiness_.waiter_ == &waiter_) readiness_.waiter_ = nullptr;
        }
        bool await_ready() const { return readiness_.ready_; }
        void await_suspend(std::coroutine_handle<> handle) {
            waiter_.handle = handle;
            readiness_.waiter_ = &waiter_;
        }
        void await_resume() const {}

      private:
        Readiness& readiness_;
        Waiter waiter_;
    };
    Wait wait() { return Wait(*this); }

  private:
    bool ready_;
    Waiter* waiter_ = nullptr;
};

}  // namespace bascule::net
