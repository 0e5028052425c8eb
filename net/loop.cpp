#include "net/loop.h"

#include "base/error.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace bascule::net {

Timer::~Timer() {
    if (place_ != kIdle) loop_->disarm(*this);
}

EventLoop::EventLoop(ManualClock* clock) : clock_(clock) {
    event_config* config = event_config_new();
    // A loop belongs to one thread; what other threads say comes through post().
    // No list of changes either (EPOLL_USE_CHANGELIST): it would take a closed descriptor out of epoll only when
    // another thread may have got its number.
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    event_config_require_features(config, EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE);
    base_ = event_base_new_with_config(config);
    event_config_free(config);
    if (base_ == nullptr) throw Error("the event loop needs epoll: {}", errno_text(errno));

    posted_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (posted_fd_ < 0) throw Error("eventfd: {}", errno_text(errno));
    posted_event_ = event_new(base_, posted_fd_, EV_READ | EV_PERSIST, on_posted, this);
    event_add(posted_event_, nullptr);
    wakeup_ = event_new(base_, -1, 0, on_wakeup, this);
    now_ = read_clock();
}

EventLoop::~EventLoop() {
    if (wakeup_) event_free(wakeup_);
    if (posted_event_) event_free(posted_event_);
    if (posted_fd_ >= 0) close(posted_fd_);
    if (base_) event_base_free(base_);
}

Time EventLoop::read_clock() const {
    return clock_ ? clock_->now() : Time(std::chrono::steady_clock::now());
}

void EventLoop::run() {
    stopped_ = false;
    while (!stopped_) turn();
}

void EventLoop::turn(bool wait) {
    ++turns_;
    const bool idle = ready_.empty() && next_turn_.empty();
    ready_.take_all(next_turn_);
    const bool may_wait = idle && wait && doubts_.empty();
    if (may_wait) arm_wakeup();
    event_base_loop(base_, EVLOOP_ONCE | (may_wait ? 0 : EVLOOP_NONBLOCK));
    now_ = read_clock();
    fire_timers();
    if (idle && ready_.empty()) settle_doubts();
    run_ready();
}

void EventLoop::run_until_idle() {
    // Once more after the first quiet turn: what that one did may have made a socket ready.
    for (int quiet = 0; quiet < 2;) {
        turn(false);
        quiet = anything_due() ? 0 : quiet + 1;
    }
}

bool EventLoop::anything_due() const {
    return !ready_.empty() || !next_turn_.empty() || (!heap_.empty() && heap_.front()->when_ <= read_clock());
}

void EventLoop::settle_doubts() {
    while (!doubts_.empty()) {
        Doubt& doubt = doubts_.front();
        doubt.unlink();
        doubt.look();
    }
}

void EventLoop::run_ready() {
    while (!ready_.empty()) {
        Waiter& waiter = ready_.front();
        waiter.unlink();
        waiter.handle.resume();
    }
}

void EventLoop::post(std::function<void()> function) {
    bool first = false;
    {
        const std::scoped_lock lock(posted_lock_);
        first = posted_.empty();
        posted_.push_back(std::move(function));
    }
    if (!first) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(posted_fd_, &one, sizeof one);
}

void EventLoop::run_posted() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto size = ::read(posted_fd_, &count, sizeof count);
    std::vector<std::function<void()>> functions;
    {
        const std::scoped_lock lock(posted_lock_);
        functions.swap(posted_);
    }
    // They may begin to count time, and this turn's wait was long perhaps.
    now_ = read_clock();
    for (const auto& function : functions) function();
}

void EventLoop::on_posted(int, short, void* self) {
    static_cast<EventLoop*>(self)->run_posted();
}

void EventLoop::on_wakeup(int, short, void* self) {
    static_cast<EventLoop*>(self)->wakeup_at_ = Time::max();
}

/// One libevent timer for the earliest deadline. It is moved only to come sooner: after a cancelled deadline it may
/// fire for nothing, which costs less than moving it at each change.
void EventLoop::arm_wakeup() {
    if (heap_.empty() || clock_ != nullptr) return;
    const Time earliest = heap_.front()->when_;
    if (earliest >= wakeup_at_) return;
    wakeup_at_ = earliest;
    const auto left = std::max(Duration::zero(), earliest - Time(std::chrono::steady_clock::now()));
    const auto micros = std::chrono::ceil<std::chrono::microseconds>(left).count();
    const timeval delay{.tv_sec = micros / 1'000'000, .tv_usec = micros % 1'000'000};
    event_add(wakeup_, &delay);
}

void EventLoop::fire_timers() {
    while (!heap_.empty() && heap_.front()->when_ <= now_) {
        Timer& timer = *heap_.front();
        disarm(timer);
        make_ready(*timer.waiter_);
    }
}

void EventLoop::arm(Timer& timer, Waiter& waiter, Time when) {
    disarm(timer);
    timer.loop_ = this;
    timer.waiter_ = &waiter;
    timer.when_ = when;
    heap_.push_back(&timer);
    timer.place_ = heap_.size() - 1;
    sift_up(timer.place_);
}

void EventLoop::disarm(Timer& timer) {
    if (timer.place_ == Timer::kIdle) return;
    const std::size_t place = std::exchange(timer.place_, Timer::kIdle);
    Timer* last = heap_.back();
    heap_.pop_back();
    if (last == &timer) return;
    put(place, last);
    sift_up(place);
    sift_down(last->place_);
}

void EventLoop::put(std::size_t place, Timer* timer) {
    heap_[place] = timer;
    timer->place_ = place;
}

void EventLoop::sift_up(std::size_t place) {
    Timer* timer = heap_[place];
    while (place > 0 && timer->when_ < heap_[(place - 1) / 2]->when_) {
        put(place, heap_[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(place, timer);
}

void EventLoop::sift_down(std::size_t place) {
    Timer* timer = heap_[place];
    while (2 * place + 1 < heap_.size()) {
        std::size_t child = 2 * place + 1;
        if (child + 1 < heap_.size() && heap_[child + 1]->when_ < heap_[child]->when_) ++child;
        if (timer->when_ <= heap_[child]->when_) break;
        put(place, heap_[child]);
        place = child;
    }
    put(place, timer);
}

Task<void> EventLoop::sleep_until(Time when) {
    co_await wait_until(when);
}

}  // namespace bascule::net
