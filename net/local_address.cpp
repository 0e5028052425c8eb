#include "net/local_address.h"

#include "net/sockaddr.h"

#include <ifaddrs.h>

#include <cstring>
#include <memory>

namespace bascule::net {
namespace {

using Interfaces = std::unique_ptr<ifaddrs, decltype(&freeifaddrs)>;

/// Null where the kernel does not say.
Interfaces all_interfaces() {
    ifaddrs* all = nullptr;
    if (getifaddrs(&all) != 0) all = nullptr;
    return {all, freeifaddrs};
}

std::optional<IpAddress> address_of(const ifaddrs& entry) {
    if (!entry.ifa_addr) return std::nullopt;
    const int family = entry.ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) return std::nullopt;
    SockAddr address;
    std::memcpy(address.raw(), entry.ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    return address.value().ip;
}

}  // namespace

bool is_local_address(const IpAddress& ip) {
    if (ip.is_loopback() || ip.is_unspecified()) return true;
    const auto all = all_interfaces();
    for (const ifaddrs* entry = all.get(); entry != nullptr; entry = entry->ifa_next) {
        if (address_of(*entry) == ip) return true;
    }
    return false;
}

std::vector<IpAddress> local_addresses() {
    std::vector<IpAddress> addresses;
    const auto all = all_interfaces();
    for (const ifaddrs* entry = all.get(); entry != nullptr; entry = entry->ifa_next) {
        if (const auto address = address_of(*entry)) addresses.push_back(*address);
    }
    return addresses;
}

}  // namespace bascule::net
