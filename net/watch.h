#pragma once

#include "net/readiness.h"

#include <event2/event.h>
#include <event2/event_struct.h>

namespace bascule::net {

/// Readiness of one file descriptor, registered once, edge-triggered: no system call per wait.
class Watch {
  public:
    /// Told at each edge of writing, before whoever waits for it: what is left to be sent goes out even where no
    /// coroutine waits.
    struct Owner {
        virtual void on_writable() = 0;

      protected:
        ~Owner() = default;
    };
    explicit Watch(EventLoop& loop, int fd, Owner* owner = nullptr);
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
    Owner* owner_;
    event event_{};
};

}  // namespace bascule::net
