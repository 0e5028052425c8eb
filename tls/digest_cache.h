#pragma once

#include "base/duration.h"
#include "tls/openssl.h"

#include <array>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace bascule::tls {

/// For ages: a time that no setting of the clock moves. No date.
inline WallTime steady_time() {
    return WallTime(std::chrono::steady_clock::now().time_since_epoch());
}

/// Values under SHA-256 keys, shared by threads: sharded, each shard a list with the least recently used last, bounded
/// by the sum of what entries cost. An entry is found until its time has come. A shard's lock is held for a look-up
/// or an insertion only; what is pushed out is freed after it.
template <class Value>
class DigestCache {
  public:
    explicit DigestCache(std::size_t budget) : shard_budget_(budget / kShards) {}

    std::optional<Value> find(const Digest& key, WallTime now) {
        std::list<Entry> dropped;
        Shard& shard = shard_of(key);
        const std::scoped_lock lock(shard.mutex);
        const auto found = shard.index.find(key);
        if (found == shard.index.end()) return std::nullopt;
        const auto entry = found->second;
        if (entry->until <= now) {
            shard.take_out(entry, dropped);
            return std::nullopt;
        }
        shard.entries.splice(shard.entries.begin(), shard.entries, entry);
        return entry->value;
    }

    /// change(value) on what find() finds; it returns what the entry costs from then on, 0: it is dropped. False: there
    /// is none. Under the lock: `change` is to be short.
    template <class Change>
    bool change(const Digest& key, WallTime now, Change change) {
        std::list<Entry> dropped;
        Shard& shard = shard_of(key);
        const std::scoped_lock lock(shard.mutex);
        const auto found = shard.index.find(key);
        if (found == shard.index.end()) return false;
        const auto entry = found->second;
        const bool alive = entry->until > now;
        const auto cost = alive ? change(entry->value) : 0;
        shard.cost = shard.cost - entry->cost + cost;
        entry->cost = cost;
        if (cost == 0) {
            shard.take_out(entry, dropped);
        } else {
            shard.entries.splice(shard.entries.begin(), shard.entries, entry);
        }
        return alive;
    }

    /// Replaces what the key had. A value that costs more than a shard may hold is not kept.
    void put(const Digest& key, Value value, WallTime until, std::size_t cost) {
        std::list<Entry> made;
        made.push_back({key, std::move(value), until, cost});
        std::list<Entry> dropped;
        Shard& shard = shard_of(key);
        const std::scoped_lock lock(shard.mutex);
        if (const auto found = shard.index.find(key); found != shard.index.end()) {
            shard.take_out(found->second, dropped);
        }
        if (cost > shard_budget_) return;
        shard.index.emplace(key, made.begin());
        shard.entries.splice(shard.entries.begin(), made);
        shard.cost += cost;
        while (shard.cost > shard_budget_) shard.take_out(std::prev(shard.entries.end()), dropped);
    }

    std::size_t cost() const {
        std::size_t sum = 0;
        for (const auto& shard : shards_) {
            const std::scoped_lock lock(shard.mutex);
            sum += shard.cost;
        }
        return sum;
    }

  private:
    static constexpr std::size_t kShards = 16;

    struct Entry {
        Digest key;
        Value value;
        WallTime until;
        std::size_t cost;
    };
    using Place = typename std::list<Entry>::iterator;

    /// A digest is its own hash.
    struct Hash {
        std::size_t operator()(const Digest& digest) const noexcept {
            std::size_t word = 0;
            std::memcpy(&word, digest.data(), sizeof word);
            return word;
        }
    };

    struct alignas(64) Shard {
        mutable std::mutex mutex;
        std::list<Entry> entries;
        std::unordered_map<Digest, Place, Hash> index;
        std::size_t cost = 0;

        void take_out(Place entry, std::list<Entry>& into) {
            cost -= entry->cost;
            index.erase(entry->key);
            into.splice(into.end(), entries, entry);
        }
    };

    Shard& shard_of(const Digest& key) { return shards_[key.back() % kShards]; }

    std::size_t shard_budget_;
    std::array<Shard, kShards> shards_;
};

}  // namespace bascule::tls
