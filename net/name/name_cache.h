#pragma once

#include "net/name/resolver.h"

#include <array>
#include <list>
#include <map>
#include <mutex>
#include <optional>

namespace bascule::net {

/// The inside of a NameCache. Ordered maps, because the names are chosen by clients: a hash could be flooded.
struct NameCache::Shards {
    explicit Shards(std::size_t entries) : room(std::max<std::size_t>(1, entries / kShards)) {}

    std::optional<Resolved> find(const std::string& name, Time now);
    /// Keeps it until `end`; not at all where that has passed.
    void store(const std::string& name, const Resolved& resolved, Time now, Time end);

    static constexpr std::size_t kShards = 16;
    struct Entry {
        std::string name;
        Resolved resolved;
        Time end;
    };
    struct Shard {
        std::mutex lock;
        std::list<Entry> entries;                                       // most recently used first
        std::map<std::string_view, std::list<Entry>::iterator> places;  // keys point into `entries`
    };
    Shard& shard_of(const std::string& name) { return shards[std::hash<std::string>{}(name) % kShards]; }

    std::size_t room;  // per shard
    std::array<Shard, kShards> shards;
};

}  // namespace bascule::net
