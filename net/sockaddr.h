#pragma once

#include "base/address.h"

#include <netinet/in.h>
#include <sys/socket.h>

namespace bascule::net {

/// A sockaddr that the kernel fills or reads.
class SockAddr {
  public:
    SockAddr() = default;
    /// In the given family: an IPv4 address for an IPv6 socket is written as mapped.
    SockAddr(const SocketAddress& address, int family);
    explicit SockAddr(const SocketAddress& address) : SockAddr(address, address.ip.is_v4() ? AF_INET : AF_INET6) {}

    sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage_); }
    const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t size() const { return size_; }
    socklen_t* room() { return &size_; }
    int family() const { return storage_.ss_family; }
    SocketAddress value() const;

  private:
    sockaddr_storage storage_{};
    socklen_t size_ = sizeof(sockaddr_storage);
};

}  // namespace bascule::net
