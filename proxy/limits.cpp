#include "proxy/limits.h"

namespace bascule::proxy {

std::optional<ConnectionCount::Slot> ConnectionCount::enter(std::uint32_t most) {
    if (open_.fetch_add(1, std::memory_order_relaxed) >= most) {
        open_.fetch_sub(1, std::memory_order_relaxed);
        return std::nullopt;
    }
    return Slot(this, std::nullopt);
}

std::optional<ConnectionCount::Slot> ConnectionCount::enter_source(const IpAddress& source, std::uint32_t most) {
    Shard& shard = shard_of(source);
    const std::scoped_lock lock(shard.lock);
    auto& count = shard.counts[source];
    if (count >= most) return std::nullopt;
    ++count;
    return Slot(this, source);
}

void ConnectionCount::release(const std::optional<IpAddress>& source) {
    if (!source) {
        open_.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    Shard& shard = shard_of(*source);
    const std::scoped_lock lock(shard.lock);
    if (--shard.counts[*source] == 0) shard.counts.erase(*source);
}

}  // namespace bascule::proxy
