#pragma once

#include "net/task/sync.h"

#include <exception>
#include <functional>

namespace bascule::net {

/// Owns tasks that run beside each other. A finished task is destroyed by the loop in the same turn, never from
/// inside itself; destroying the nursery cancels all that are left.
class Nursery {
  public:
    explicit Nursery(EventLoop& loop) : loop_(loop), empty_(loop) { empty_.set(); }
    ~Nursery();
    Nursery(const Nursery&) = delete;
    Nursery& operator=(const Nursery&) = delete;

    /// Starts the task now. An exception that leaves it is a defect: it ends the process, with its text on stderr.
    void spawn(Task<void> task);
    std::size_t size() const { return size_; }
    /// When no task is left.
    Event::Wait idle() { return empty_.wait(); }
    /// Cancels everything that runs. Not from inside one of its tasks.
    void cancel_all();

  private:
    struct Entry;
    EventLoop& loop_;
    List<Entry> running_;
    Event empty_;
    std::size_t size_ = 0;
};

}  // namespace bascule::net
