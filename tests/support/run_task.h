#pragma once

#include "net/task/task.h"

#include <coroutine>
#include <stdexcept>
#include <utility>

namespace bascule::test {

/// Runs a task that needs no event loop to its end. Throws what it throws, and where it waits for something.
template <class T>
T run_task(net::Task<T> task) {
    struct End final : net::Completion {
        std::coroutine_handle<> finished() noexcept override { return std::noop_coroutine(); }
    } end;
    task.begin(end).resume();
    if (!task.done()) throw std::logic_error("the task waits for something");
    return task.take();
}

}  // namespace bascule::test
