#include "net/task/sync.h"
#include "tls/digest_cache.h"
#include "tls/leaf/leaf.h"
#include "tls/leaf/leaf_keys.h"
#include "tls/openssl.h"
#include "tls/x509/leaf_names.h"

#include <bit>
#include <map>
#include <memory>
#include <optional>

namespace bascule::tls {
namespace {

/// Everything that a leaf depends on.
Digest identity_of(const LeafRequest& request) {
    const bool named = !request.show_fault && leaf_needs_server_name(request.origin, request.add_server_name);
    // The key at hand: once the one that fits is made, what stood in for it is not found any more.
    const auto kind = LeafKeys::instance().at_hand(LeafKeys::kind_for(request.key, request.origin));
    const std::array<std::uint8_t, 4> flags{static_cast<std::uint8_t>(kind), request.add_server_name,
                                            request.show_fault, named};
    const auto lifetime = std::bit_cast<std::array<std::uint8_t, sizeof(Duration)>>(request.lifetime);
    const auto origin = digest_of(request.origin);
    Sha256 hash;
    hash.add(origin).add(request.authority->identity()).add(lifetime).add(flags);
    if (named) hash.add(as_bytes(request.server_name));
    return hash.finish();
}

/// A forging that is under way on this thread, from construction to destruction: whoever wants the same leaf waits.
class Forging {
  public:
    using Key = std::pair<const LeafCache*, Digest>;

    Forging(net::EventLoop& loop, Key key) : key_(key), over_(std::make_shared<net::Event>(loop)) {
        under_way().emplace(key_, over_);
    }
    Forging(const Forging&) = delete;
    ~Forging() {
        under_way().erase(key_);
        over_->set();
    }
    /// When that forging is over; null: there is none.
    static std::shared_ptr<net::Event> find(const Key& key) {
        const auto found = under_way().find(key);
        return found == under_way().end() ? nullptr : found->second;
    }

  private:
    static std::map<Key, std::shared_ptr<net::Event>>& under_way() {
        static thread_local std::map<Key, std::shared_ptr<net::Event>> all;
        return all;
    }
    Key key_;
    std::shared_ptr<net::Event> over_;
};

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
    const Forging::Key key(this, identity);
    for (;;) {
        auto found = shards_->leaves.find(identity, now);
        if (found && (*found)->valid_from <= now) co_return std::move(*found);
        const auto other = Forging::find(key);
        if (!other) break;
        co_await other->wait();
    }
    std::optional<Forging> turn;
    if (request.loop) turn.emplace(*request.loop, key);
    auto forging = forge_leaf(request, now);
    auto leaf = co_await std::move(forging);
    shards_->leaves.put(identity, leaf, leaf->refresh_at, leaf->octets);
    co_return leaf;
}

std::size_t LeafCache::octets() const {
    return shards_->leaves.cost();
}

}  // namespace bascule::tls
