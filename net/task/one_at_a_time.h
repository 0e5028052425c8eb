#pragma once

#include "net/task/sync.h"

#include <map>
#include <memory>
#include <optional>

namespace bascule::net {

/// One worker's questions that are under way: who needs the same answer waits for it.
template <class Key>
class OneAtATime {
  public:
    /// Under way from construction to destruction, when all who wait go on: one of them asks again where a
    /// cancellation was the end.
    class Turn {
      public:
        Turn(OneAtATime& questions, EventLoop& loop, const Key& key) : questions_(questions), key_(key) {
            questions_.over_.emplace(key, std::make_shared<Event>(loop));
        }
        ~Turn() {
            const auto entry = questions_.over_.extract(key_);
            entry.mapped()->set();
        }
        Turn(const Turn&) = delete;

      private:
        OneAtATime& questions_;
        Key key_;
    };
    /// Set when the one under way is over; null where there is none.
    std::shared_ptr<Event> under_way(const Key& key) const {
        const auto found = over_.find(key);
        return found == over_.end() ? nullptr : found->second;
    }

  private:
    std::map<Key, std::shared_ptr<Event>> over_;
};

/// What known() knows; else what ask() finds out, which is to make it known, while others wait. known() gives an
/// optional T, and ask() a Task of one. The questions must outlive it.
template <class T, class Key, class Known, class Ask>
Task<T> ask_once(OneAtATime<Key>& questions, EventLoop& loop, Key key, Known known, Ask ask) {
    while (true) {
        if (auto answer = known()) co_return *std::move(answer);
        const auto over = questions.under_way(key);
        if (!over) break;
        co_await over->wait();
    }
    const typename OneAtATime<Key>::Turn turn(questions, loop, key);
    auto answer = co_await ask();
    co_return answer;
}

}  // namespace bascule::net
