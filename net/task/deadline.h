#pragma once

#include "net/loop.h"
#include "net/task/combinators.h"

namespace bascule::net {

template <class T>
Task<std::optional<Plain<T>>> with_deadline(EventLoop& loop, Time when, Task<T> task) {
    auto winner = co_await any_of(std::move(task), loop.sleep_until(when));
    if (winner.index() == 1) co_return std::nullopt;
    co_return std::get<0>(std::move(winner));
}

}  // namespace bascule::net
