#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>

#include "net/readiness.h"

namespace bascule::net {

/// Readiness of one file descriptor, registered once, edge-triggered: no system call per wait.
class Watch {
  public:
    Watch(EventLoop& loop, int fd);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    Readiness readable{true};
    Readiness writable{true};
    /// The peer has closed its direction or reset (EPOLLRDHUP); what it sent before may still wait to be read.
    bool hangup = false;
    /// Set at each edge of reading, hanging up or failing: for those who want to look, not to read.
    Readiness stirred{false};

  private:
    static void on_ready(int fd, short what, void* self);

    EventLoop& loop_;
    event event_{};
};

}  // namespace bascule::net
