#pragma once

#include "net/task/sync.h"
#include "tls/openssl.h"

#include <map>
#include <memory>
#include <optional>

namespace bascule::proxy {

/// One worker's questions that are under way: who needs the same answer waits for it.
class OneAtATime {
  public:
    /// Under way from construction to destruction, when all who wait go on: one of them asks again where a
    /// cancellation was the end.
    class Turn {
      public:
        Turn(OneAtATime& questions, net::EventLoop& loop, const tls::Digest& key);
        ~Turn();
        Turn(const Turn&) = delete;

      private:
        OneAtATime& questions_;
        tls::Digest key_;
    };
    /// Set when the one under way is over; null where there is none.
    std::shared_ptr<net::Event> under_way(const tls::Digest& key) const;

  private:
    std::map<tls::Digest, std::shared_ptr<net::Event>> over_;
};

/// What known() knows; else what ask() finds out, which is to make it known, while others wait. known() gives an
/// optional T, and ask() a Task of one. The questions must outlive it.
template <class T, class Known, class Ask>
net::Task<T> ask_once(OneAtATime& questions, net::EventLoop& loop, tls::Digest key, Known known, Ask ask) {
    while (true) {
        if (auto answer = known()) co_return *std::move(answer);
        const auto over = questions.under_way(key);
        if (!over) break;
        co_await over->wait();
    }
    const OneAtATime::Turn turn(questions, loop, key);
    auto answer = co_await ask();
    co_return answer;
}

}  // namespace bascule::proxy
