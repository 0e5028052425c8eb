#pragma once

#include "base/error.h"
#include "net/listener.h"
#include "net/sockaddr.h"
#include "net/tcp_stream.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>

namespace bascule::test {

/// An address with a port that the kernel chooses.
inline SocketAddress any_port(std::string_view ip) {
    return {IpAddress::parse(ip).value(), 0};
}

/// A port of that address at which nothing listens: bound, so that nobody else takes it.
class SilentPort {
  public:
    explicit SilentPort(std::string_view ip) {
        const net::SockAddr name(any_port(ip));
        socket_.reset(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::bind(socket_.get(), name.raw(), name.size()) != 0) throw Error("bind: {}", errno_text(errno));
    }
    SocketAddress address() const { return net::local_address(socket_.get()); }

  private:
    UniqueFd socket_;
};

inline void make_non_blocking(int fd) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/// The two ends of a connection over the loopback interface, as non-blocking sockets.
inline std::pair<UniqueFd, UniqueFd> connected_sockets() {
    const UniqueFd listener = net::listen_on(any_port("127.0.0.1"), {.reuse_port = false});
    UniqueFd left(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const net::SockAddr name(net::local_address(listener.get()));
    if (::connect(left.get(), name.raw(), name.size()) != 0) throw Error("connect: {}", errno_text(errno));
    UniqueFd right(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!right) throw Error("accept: {}", errno_text(errno));
    make_non_blocking(left.get());
    return {std::move(left), std::move(right)};
}

/// Closes with a reset.
inline void reset_socket(UniqueFd socket) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/// Reads to the end of the stream, waiting where it blocks.
inline net::Task<std::string> read_all(net::Stream& stream) {
    std::string text;
    while (true) {
        const auto pull = stream.pull([&](ByteView octets) { text += as_text(octets); });
        if (pull == net::Pull::ended) co_return text;
        if (pull == net::Pull::blocked) co_await stream.until_readable();
    }
}

/// Reads until `size` octets have come or the stream has ended.
inline net::Task<std::string> read_exactly(net::Stream& stream, std::size_t size) {
    std::string text;
    while (text.size() < size) {
        const auto pull = stream.pull([&](ByteView octets) { text += as_text(octets); });
        if (pull == net::Pull::ended) co_return text;
        if (pull == net::Pull::blocked) co_await stream.until_readable();
    }
    co_return text;
}

/// What one pull gives; empty where it gives nothing.
inline std::string pull_text(net::Stream& stream) {
    std::string text;
    stream.pull([&](ByteView octets) { text += as_text(octets); });
    return text;
}

}  // namespace bascule::test
