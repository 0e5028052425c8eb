#include "net/task/one_at_a_time.h"
#include "tls/digest_cache.h"
#include "tls/leaf/leaf.h"
#include "tls/leaf/leaf_keys.h"
#include "tls/openssl.h"
#include "tls/x509/leaf_names.h"

#include <bit>
#include <memory>
#include <optional>

namespace bascule::tls {
namespace {

/// Everything that a leaf depends on.
Digest identity_of(const LeafRequest& request) {
    const bool named = !request.show_fault && leaf_needs_server_name(request.origin, request.add_server_name);
    // The key at hand: once the one that fits is made, what stood in for it is not found any more.
    const auto key = LeafKeys::instance().choose(request);
    const std::array<std::uint8_t, 5> flags{static_cast<std::uint8_t>(key.wanted), static_cast<std::uint8_t>(key.shown),
                                            request.add_server_name, request.show_fault, named};
    const auto lifetime = std::bit_cast<std::array<std::uint8_t, sizeof(Duration)>>(request.lifetime);
    const auto origin = digest_of(request.origin);
    Sha256 hash;
    hash.add(origin).add(request.authority->identity()).add(lifetime).add(flags);
    if (named) hash.add(as_bytes(request.server_name));
    return hash.finish();
}

/// Of which cache, and what the leaf depends on.
using ForgingKey = std::pair<const LeafCache*, Digest>;

/// The forgings that are under way on this thread: whoever wants the same leaf waits.
net::OneAtATime<ForgingKey>& forgings() {
    static thread_local net::OneAtATime<ForgingKey> all;
    return all;
}

}  // namespace

struct LeafCache::Shards {
    explicit Shards(std::size_t octets) : leaves(octets) {}
    DigestCache<std::shared_ptr<const Leaf>> leaves;
};

LeafCache::LeafCache(std::size_t octets, Clock now) : now_(now), shards_(std::make_unique<Shards>(octets)) {}
LeafCache::~LeafCache() = default;

net::Task<std::shared_ptr<const Leaf>> LeafCache::get(const LeafRequest& request) {
    using Made = std::shared_ptr<const Leaf>;
    const auto now = now_();
    const auto identity = identity_of(request);
    const auto known = [&]() -> std::optional<Made> {
        auto found = shards_->leaves.find(identity, now);
        return found && (*found)->valid_from <= now ? std::move(found) : std::nullopt;
    };
    const auto forge = [&]() -> net::Task<Made> {
        auto forging = forge_leaf(request, now);
        auto leaf = co_await std::move(forging);
        shards_->leaves.put(identity, leaf, leaf->refresh_at, leaf->octets);
        co_return leaf;
    };
    if (request.loop) {
        auto leaf = co_await net::ask_once<Made>(forgings(), *request.loop, ForgingKey(this, identity), known, forge);
        co_return leaf;
    }
    if (auto leaf = known()) co_return *std::move(leaf);
    auto leaf = co_await forge();
    co_return leaf;
}

std::size_t LeafCache::octets() const {
    return shards_->leaves.cost();
}

}  // namespace bascule::tls
