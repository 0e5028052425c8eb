#pragma once

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace bascule::bench {

/// Threads with small stacks, so that a thread per connection goes up to thousands.
class Threads {
  public:
    ~Threads() { join(); }
    void start(std::function<void()> function) { threads_.push_back(create(std::move(function))); }
    void join() {
        for (const auto thread : threads_) ::pthread_join(thread, nullptr);
        threads_.clear();
    }

  private:
    static pthread_t create(std::function<void()> function) {
        constexpr std::size_t kStack = 256 << 10;
        pthread_attr_t attributes;
        ::pthread_attr_init(&attributes);
        ::pthread_attr_setstacksize(&attributes, kStack);
        auto given = std::make_unique<std::function<void()>>(std::move(function));
        pthread_t thread{};
        if (::pthread_create(&thread, &attributes, &run, given.get()) != 0) throw std::runtime_error("no more threads");
        given.release();
        ::pthread_attr_destroy(&attributes);
        return thread;
    }
    static void* run(void* given) {
        const std::unique_ptr<std::function<void()>> function(static_cast<std::function<void()>*>(given));
        (*function)();
        return nullptr;
    }

    std::vector<pthread_t> threads_;
};

/// As many threads as there are jobs at the same time. They are kept: a new thread costs OpenSSL two random generators.
class Pool {
  public:
    void run(std::function<void()> job) {
        const std::lock_guard held(lock_);
        jobs_.push_back(std::move(job));
        if (jobs_.size() > idle_) threads_.start([this] { work(); });
        more_.notify_one();
    }

  private:
    [[noreturn]] void work() {
        while (true) {
            std::unique_lock held(lock_);
            ++idle_;
            more_.wait(held, [this] { return !jobs_.empty(); });
            --idle_;
            const auto job = std::move(jobs_.front());
            jobs_.pop_front();
            held.unlock();
            job();
        }
    }

    std::mutex lock_;
    std::condition_variable more_;
    std::deque<std::function<void()>> jobs_;
    std::size_t idle_ = 0;
    Threads threads_;
};

}  // namespace bascule::bench
