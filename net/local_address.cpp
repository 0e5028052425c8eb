#include "net/local_address.h"

#include "net/sockaddr.h"

#include <ifaddrs.h>

#include <cstring>
#include <memory>

namespace bascule::net {
namespace {

bool is(const ifaddrs& entry, const IpAddress& ip) {
    if (!entry.ifa_addr) return false;
    const int family = entry.ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) return false;
    SockAddr address;
    std::memcpy(address.raw(), entry.ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    return address.value().ip == ip;
}

}  // namespace

bool is_local_address(const IpAddress& ip) {
    if (ip.is_loopback() || ip.is_unspecified()) return true;
    ifaddrs* all = nullptr;
    if (getifaddrs(&all) != 0) return false;
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(all, freeifaddrs);
    for (const ifaddrs* entry = all; entry != nullptr; entry = entry->ifa_next) {
        if (is(*entry, ip)) return true;
    }
    return false;
}

}  // namespace bascule::net
