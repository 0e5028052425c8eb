#include "proxy/learn/refusals.h"

namespace bascule::proxy {
namespace {

constexpr WallTime::duration kRemember = std::chrono::hours(24);

}  // namespace

std::uint32_t Refusals::add(const Subject& subject, WallTime now) {
    const std::scoped_lock lock(lock_);
    const auto* before = counts_.find(subject, now);
    const std::uint32_t count = before ? *before + 1 : 1;
    counts_.put(subject, count, now + kRemember);
    any_.store(true, std::memory_order_relaxed);
    return count;
}

void Refusals::forget(const Subject& subject) {
    const std::scoped_lock lock(lock_);
    counts_.erase(subject);
    any_.store(counts_.size() > 0, std::memory_order_relaxed);
}

}  // namespace bascule::proxy
