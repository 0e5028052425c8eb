#pragma once

#include "base/address.h"
#include "net/name/resolv_conf.h"
#include "net/task/sync.h"

#include <memory>
#include <string>
#include <vector>

namespace bascule::net {

enum class DnsType : std::uint8_t { a = 1, aaaa = 28 };  ///< RFC 1035 section 3.2.2, RFC 3596 section 2.1

/// One question under way, then its answer.
struct DnsReply {
    enum class Says : std::uint8_t { nothing, addresses, no_such_name, no_such_record, failure };

    explicit DnsReply(EventLoop& loop) : done(loop) {}

    Event done;
    Says says = Says::nothing;  ///< `nothing`: no server has answered, not even when `done`
    std::vector<IpAddress> addresses;
    Duration ttl{};      ///< of the addresses: how long they may be kept
    std::string source;  ///< "NXDOMAIN from 10.0.0.1"; who said so, where that is known
};

/// The name servers, by c-ares on one loop: UDP, TCP where an answer is too long, several tries. Says nothing about
/// the whole time that a look-up may take: c-ares cannot take one question back, so whoever stops waiting leaves it.
class DnsChannel {
  public:
    /// Asks the servers as they say; their tries are spread so that `timeout` has room for all of them.
    DnsChannel(EventLoop& loop, const NameServers& servers, Duration timeout);
    /// Questions still under way are done, with `failure`.
    ~DnsChannel();
    DnsChannel(const DnsChannel&) = delete;

    /// `reply` is done in a later turn, or at once where nothing can be sent.
    void ask(const std::string& name, DnsType type, std::shared_ptr<DnsReply> reply);
    /// Questions under way, those that nobody waits for included.
    std::size_t asked() const;
    /// Asks again what has not been answered. To be run for as long as the channel is used.
    Task<void> keep_asking();
    /// "10.0.0.1, 10.0.0.2"
    std::string servers() const;

  private:
    struct Cares;
    std::unique_ptr<Cares> cares_;
};

}  // namespace bascule::net
