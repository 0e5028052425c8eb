#pragma once

#include "base/address.h"
#include "net/loop.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bascule::net {

struct ResolverOptions {
    std::vector<SocketAddress> servers;            ///< empty: those of `resolv_conf`, with its search and options
    std::string hosts = "/etc/hosts";              ///< asked first; read again when it has changed
    Duration timeout = std::chrono::seconds(5);    ///< for a whole look-up, retries included
    std::string resolv_conf = "/etc/resolv.conf";  ///< read again when it has changed

    bool operator==(const ResolverOptions&) const = default;
};

enum class NameFault : std::uint8_t { none, not_found, timed_out, failed };

struct Resolved {
    /// In the order to try: RFC 8305 section 4, families interleaved, IPv6 first.
    std::vector<IpAddress> addresses;
    NameFault fault = NameFault::none;
    std::string detail;  ///< "no such host (NXDOMAIN from 10.255.255.53)"
};

/// Answers remembered for all workers: sharded, bounded in entries, no longer than their TTL (at most an hour; that
/// there is no such host 5 s; failures not at all), least recently used out first, and for those only who ask the same
/// servers. Thread-safe.
class NameCache {
  public:
    explicit NameCache(std::size_t entries = 65'536);
    ~NameCache();
    NameCache(const NameCache&) = delete;

  private:
    friend class Resolver;
    struct Shards;
    std::unique_ptr<Shards> shards_;
};

/// Names to addresses without blocking, on one worker's loop: the hosts file, the cache, then A and AAAA by c-ares.
/// Waiters for the same name share one query; a cancelled waiter leaves it and the query goes on for the cache.
class Resolver {
  public:
    Resolver(EventLoop& loop, NameCache& cache, const ResolverOptions& options);
    ~Resolver();
    Resolver(const Resolver&) = delete;

    /// From now on; look-ups under way end where they began.
    void use(const ResolverOptions& options);

    /// An address in text form resolves to itself. `name` in A-label form. Never throws for what a server answers.
    Task<Resolved> resolve(std::string name);
    std::size_t pending() const;  ///< queries under way

  private:
    struct Channel;
    std::unique_ptr<Channel> channel_;
};

}  // namespace bascule::net
