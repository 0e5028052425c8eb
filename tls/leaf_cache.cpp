#include "tls/digest_cache.h"
#include "tls/leaf.h"
#include "tls/leaf_names.h"
#include "tls/openssl.h"

#include <bit>

namespace bascule::tls {
namespace {

/// Everything that a leaf depends on.
Digest identity_of(const LeafRequest& request) {
    const bool named = !request.show_fault && leaf_needs_server_name(request.origin, request.add_server_name);
    const std::array<std::uint8_t, 4> flags{static_cast<std::uint8_t>(request.key), request.add_server_name,
                                            request.show_fault, named};
    const auto lifetime = std::bit_cast<std::array<std::uint8_t, sizeof(Duration)>>(request.lifetime);
    const auto origin = digest_of(request.origin);
    Sha256 hash;
    hash.add(origin).add(as_bytes(request.authority->fingerprint())).add(lifetime).add(flags);
    if (named) hash.add(as_bytes(request.server_name));
    return hash.finish();
}

}  // namespace

struct LeafCache::Shards {
    explicit Shards(std::size_t octets) : leaves(octets) {}
    DigestCache<std::shared_ptr<const Leaf>> leaves;
};

LeafCache::LeafCache(std::size_t octets, Clock now) : now_(now), shards_(std::make_unique<Shards>(octets)) {}
LeafCache::~LeafCache() = default;

net::Task<std::shared_ptr<const Leaf>> LeafCache::get(const LeafRequest& request) {
    const auto now = now_();
    const auto identity = identity_of(request);
    if (auto found = shards_->leaves.find(identity, now)) co_return std::move(*found);
    auto forging = forge_leaf(request, now);
    auto leaf = co_await std::move(forging);
    shards_->leaves.put(identity, leaf, leaf->refresh_at, leaf->octets);
    co_return leaf;
}

std::size_t LeafCache::octets() const {
    return shards_->leaves.cost();
}

}  // namespace bascule::tls
