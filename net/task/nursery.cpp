#include "net/task/nursery.h"

namespace bascule::net {

/// A running task. When it has finished, the reaper (a coroutine that only waits for that) is queued and deletes it.
struct Nursery::Entry final : ListNode, Completion {
    Entry(Nursery& nursery, Task<void> work) : owner(nursery), task(std::move(work)), reaper(reap(*this)) {}

    std::coroutine_handle<> finished() noexcept override {
        owner.loop_.make_ready(waiter);
        return std::noop_coroutine();
    }

    struct Detached {
        struct promise_type {
            Detached get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
            std::suspend_always initial_suspend() noexcept { return {}; }
            std::suspend_never final_suspend() noexcept { return {}; }
            void return_void() {}
            [[noreturn]] void unhandled_exception() { std::terminate(); }
        };
        std::coroutine_handle<promise_type> handle;
    };
    static Detached reap(Entry& entry) {
        entry.task.take();  // an exception here reaches terminate(), by way of unhandled_exception
        Nursery& nursery = entry.owner;
        delete &entry;
        if (--nursery.size_ == 0) nursery.empty_.set();
        co_return;
    }

    Nursery& owner;
    Task<void> task;
    Detached reaper;
    Waiter waiter;
};

void Nursery::spawn(Task<void> task) {
    auto* entry = new Entry(*this, std::move(task));
    entry->waiter.handle = entry->reaper.handle;
    running_.push_back(*entry);
    ++size_;
    empty_.reset();
    entry->task.begin(*entry).resume();
}

void Nursery::cancel_all() {
    while (!running_.empty()) {
        Entry& entry = running_.front();
        entry.reaper.handle.destroy();
        delete &entry;
        --size_;
    }
    empty_.set();
}

Nursery::~Nursery() {
    cancel_all();
}

}  // namespace bascule::net
