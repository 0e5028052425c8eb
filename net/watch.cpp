#include "net/watch.h"

#include "base/error.h"

namespace bascule::net {

Watch::Watch(EventLoop& loop, int fd, Owner* owner) : loop_(loop), owner_(owner) {
    event_assign(&event_, loop.base(), fd, EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST, on_ready, this);
    if (event_add(&event_, nullptr) != 0) throw Error("cannot watch a socket: {}", errno_text(errno));
    ++loop_.watched_;
}

Watch::~Watch() {
    event_del_noblock(&event_);
    --loop_.watched_;
}

void Watch::on_ready(int, short what, void* self) {
    auto& watch = *static_cast<Watch*>(self);
    // libevent reports EPOLLERR, and EPOLLHUP without EPOLLRDHUP, as reading and writing at once.
    if (what & EV_CLOSED) watch.hangup = true;
    if (what & (EV_READ | EV_CLOSED)) {
        watch.readable.set(watch.loop_);
        watch.stirred.set(watch.loop_);
    }
    if (what & EV_WRITE) {
        watch.writable.set(watch.loop_);
        if (watch.owner_) watch.owner_->on_writable();
    }
}

}  // namespace bascule::net
