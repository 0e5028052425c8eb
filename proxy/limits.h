#pragma once

#include "base/address.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace bascule::proxy {

/// How many connections there are, in all and per source: shared by the workers, sharded by source.
class ConnectionCount {
  public:
    /// Counts one connection until it is destroyed.
    class Slot {
      public:
        Slot() = default;
        Slot(ConnectionCount* owner, std::optional<IpAddress> source) : owner_(owner), source_(source) {}
        Slot(Slot&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), source_(other.source_) {}
        Slot& operator=(Slot&& other) noexcept {
            std::swap(owner_, other.owner_);
            std::swap(source_, other.source_);
            return *this;
        }
        ~Slot() {
            if (owner_) owner_->release(source_);
        }

      private:
        ConnectionCount* owner_ = nullptr;
        std::optional<IpAddress> source_;
    };

    /// Nothing where `most` connections are open already.
    std::optional<Slot> enter(std::uint32_t most);
    /// Nothing where the source has `most` already. Does not count towards the total.
    std::optional<Slot> enter_source(const IpAddress& source, std::uint32_t most);
    std::uint32_t open() const { return open_.load(std::memory_order_relaxed); }

  private:
    struct Shard {
        std::mutex lock;
        std::unordered_map<IpAddress, std::uint32_t> counts;
    };
    Shard& shard_of(const IpAddress& source) { return shards_[std::hash<IpAddress>{}(source) % shards_.size()]; }
    void release(const std::optional<IpAddress>& source);

    std::atomic<std::uint32_t> open_{0};
    std::array<Shard, 64> shards_;
};

}  // namespace bascule::proxy
