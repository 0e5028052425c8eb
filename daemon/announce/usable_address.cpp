#include "daemon/announce/usable_address.h"

#include <algorithm>

namespace bascule::daemon {
namespace {

bool may_connect(const config::Listener& entry, const IpAddress& source) {
    return entry.allow.empty() ||
           std::ranges::any_of(entry.allow, [&](const Cidr& block) { return block.contains(source); });
}

}  // namespace

SocketAddress usable_address(const OpenListener& listener, const std::vector<IpAddress>& own) {
    const auto& bound = listener.address;
    if (!bound.ip.is_unspecified()) return bound;
    const bool both = !bound.ip.is_v4();  // a socket on :: takes IPv4 too
    std::vector<IpAddress> candidates{*IpAddress::parse("127.0.0.1")};
    if (both) candidates.push_back(*IpAddress::parse("::1"));
    std::ranges::copy_if(own, std::back_inserter(candidates),
                         [&](const auto& address) { return both || address.is_v4(); });
    const auto found =
        std::ranges::find_if(candidates, [&](const auto& address) { return may_connect(*listener.entry, address); });
    return {found != candidates.end() ? *found : candidates.front(), bound.port};
}

}  // namespace bascule::daemon
