#pragma once

#include "net/loop.h"
#include "tests/support/catch.h"

#include <chrono>
#include <functional>
#include <stdexcept>

namespace bascule::test {

/// A task that has been started beside the test, as something to look at. Destroying it cancels the task.
template <class T>
class Probe {
  public:
    explicit Probe(net::Task<T> task) : task_(std::move(task)) { task_.begin(end_).resume(); }
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    bool finished() const { return end_.reached; }
    /// The value, or the exception that ended the task.
    T take() { return task_.take(); }
    /// Ends the task where it waits.
    void cancel() { task_.reset(); }

  private:
    struct End final : net::Completion {
        bool reached = false;
        std::coroutine_handle<> finished() noexcept override {
            reached = true;
            return std::noop_coroutine();
        }
    };
    End end_;
    net::Task<T> task_;
};

/// An event loop whose time stands still until the test moves it. Sockets work as ever.
class TestLoop {
  public:
    net::ManualClock clock;
    net::EventLoop loop{&clock};

    template <class T>
    Probe<T> start(net::Task<T> task) {
        return Probe<T>(std::move(task));
    }

    /// Turns until `condition` holds; false if it does not within some seconds of real time.
    bool turn_until(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            loop.turn(false);
        }
        return true;
    }

    /// Drives the task to its end and returns its value.
    template <class T>
    T run(net::Task<T> task) {
        Probe<T> probe(std::move(task));
        if (!turn_until([&] { return probe.finished(); })) throw std::runtime_error("the task does not finish");
        return probe.take();
    }

    /// Moves the clock and lets happen what is due.
    void advance(Duration span) {
        clock.advance(span);
        loop.run_until_idle();
    }
};

}  // namespace bascule::test
