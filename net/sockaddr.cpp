#include "net/sockaddr.h"

#include <algorithm>
#include <cstring>

namespace bascule::net {

SockAddr::SockAddr(const SocketAddress& address, int family) {
    const auto& octets = address.ip.octets();
    if (family == AF_INET) {
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_port = htons(address.port);
        std::memcpy(&four.sin_addr, octets.data() + 12, 4);
        std::memcpy(&storage_, &four, sizeof four);
        size_ = sizeof four;
    } else {
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(address.port);
        // 0.0.0.0 for an IPv6 socket means any address, which is ::.
        if (!(address.ip.is_v4() && address.ip.is_unspecified())) std::memcpy(&six.sin6_addr, octets.data(), 16);
        std::memcpy(&storage_, &six, sizeof six);
        size_ = sizeof six;
    }
}

SocketAddress SockAddr::value() const {
    if (storage_.ss_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, &storage_, sizeof four);
        std::array<std::uint8_t, 4> octets{};
        std::memcpy(octets.data(), &four.sin_addr, 4);
        return {IpAddress::v4(octets), ntohs(four.sin_port)};
    }
    sockaddr_in6 six{};
    std::memcpy(&six, &storage_, sizeof six);
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &six.sin6_addr, 16);
    return {IpAddress::v6(octets), ntohs(six.sin6_port)};
}

}  // namespace bascule::net
