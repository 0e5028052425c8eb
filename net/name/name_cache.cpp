#include "net/name/name_cache.h"

namespace bascule::net {

NameCache::NameCache(std::size_t entries) : shards_(std::make_unique<Shards>(entries)) {}
NameCache::~NameCache() = default;

std::optional<Resolved> NameCache::Shards::find(const std::string& name, Time now) {
    Shard& shard = shard_of(name);
    const std::scoped_lock lock(shard.lock);
    const auto found = shard.places.find(name);
    if (found == shard.places.end()) return std::nullopt;
    const auto entry = found->second;
    if (entry->end <= now) {
        shard.places.erase(found);
        shard.entries.erase(entry);
        return std::nullopt;
    }
    shard.entries.splice(shard.entries.begin(), shard.entries, entry);
    return entry->resolved;
}

void NameCache::Shards::store(const std::string& name, const Resolved& resolved, Time now, Time end) {
    if (end <= now) return;
    Shard& shard = shard_of(name);
    const std::scoped_lock lock(shard.lock);
    if (const auto found = shard.places.find(name); found != shard.places.end()) {
        const auto entry = found->second;
        shard.places.erase(found);
        shard.entries.erase(entry);
    } else if (shard.entries.size() >= room) {
        shard.places.erase(shard.entries.back().name);
        shard.entries.pop_back();
    }
    shard.entries.push_front(Entry{name, resolved, end});
    shard.places.emplace(shard.entries.front().name, shard.entries.begin());
}

}  // namespace bascule::net
