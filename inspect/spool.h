#pragma once

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace bascule::inspect {

/// A bounded queue and the thread that empties it. Callers append to one batch while the thread writes the other; the
/// lock is held for an append or a swap, never across a system call. The thread is woken only out of deep sleep: after
/// each batch it naps for a moment, so that a busy proxy pays a few hundred wake-ups a second and not one per line.
template <class Batch>
class Spool {
  public:
    using Write = std::function<void(Batch&)>;  ///< on the thread; leaves the batch empty; does not throw

    Spool(const char* thread_name, std::size_t bound, Write write) : bound_(bound), write_(std::move(write)) {
        // Signals are for the thread that runs the daemon; SIGPIPE and SIGXFSZ become EPIPE and EFBIG.
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        thread_ = std::thread([this] { run(); });
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        pthread_setname_np(thread_.native_handle(), thread_name);
    }
    ~Spool() {
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }
    Spool(const Spool&) = delete;

    /// `append(batch)` where `octets` more fit below the bound; else nothing, and false. No octets always fit.
    template <class Append>
    bool push(std::size_t octets, Append append) {
        bool wake = false;
        {
            const std::lock_guard lock(mutex_);
            if (octets > 0 && octets > bound_ - held_) return false;
            append(waiting_);
            held_ += octets;
            fresh_ += octets;
            ++pushed_;
            wake = std::exchange(sleeping_, false) || (napping_ && held_ > bound_ / 2);
        }
        if (wake) wake_.notify_one();
        return true;
    }

    /// Until everything pushed before is written.
    void flush() {
        std::unique_lock lock(mutex_);
        const auto ticket = pushed_;
        hurry_ = true;
        wake_.notify_one();
        done_.wait(lock, [&] { return written_ >= ticket; });
    }

  private:
    static constexpr std::chrono::milliseconds kNap{20};  // gathers what comes in bursts; after a silence nothing waits

    void run() {
        std::unique_lock lock(mutex_);
        while (await_work(lock)) {
            std::swap(waiting_, writing_);
            const auto octets = std::exchange(fresh_, 0);
            const auto ticket = pushed_;
            lock.unlock();
            write_(writing_);
            lock.lock();
            held_ -= octets;
            written_ = ticket;
            done_.notify_all();
            nap(lock);
        }
    }

    /// False once there is nothing left to write and the end has come.
    bool await_work(std::unique_lock<std::mutex>& lock) {
        hurry_ = false;
        while (pushed_ == written_ && !stop_) {
            sleeping_ = true;
            wake_.wait(lock);
        }
        sleeping_ = false;
        return pushed_ != written_;
    }

    void nap(std::unique_lock<std::mutex>& lock) {
        napping_ = true;
        wake_.wait_for(lock, kNap, [&] { return stop_ || hurry_ || held_ > bound_ / 2; });
        napping_ = false;
    }

    const std::size_t bound_;
    const Write write_;
    std::mutex mutex_;
    std::condition_variable wake_, done_;
    Batch waiting_, writing_;
    std::size_t held_ = 0;   ///< octets in both batches
    std::size_t fresh_ = 0;  ///< octets in `waiting_`
    std::uint64_t pushed_ = 0, written_ = 0;
    bool sleeping_ = false, napping_ = false, hurry_ = false, stop_ = false;
    std::thread thread_;
};

}  // namespace bascule::inspect
