#include "net/listener.h"

#include "net/sockaddr.h"
#include "net/tcp_stream.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <system_error>

namespace bascule::net {
namespace {

// SO_ORIGINAL_DST of linux/netfilter_ipv4.h and IP6T_SO_ORIGINAL_DST of linux/netfilter_ipv6/ip6_tables.h; the numbers,
// because those headers clash with <netinet/in.h>.
constexpr int kOriginalDestination = 80;

[[noreturn]] void fail(const char* call) {
    throw std::system_error(errno, std::generic_category(), call);
}

void set_option(int fd, int level, int option, int value) {
    if (setsockopt(fd, level, option, &value, sizeof value) != 0) fail("setsockopt");
}

bool exhausted(int code) {
    return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

/// The listening socket itself is wrong: trying again would never end.
bool hopeless(int code) {
    return code == EBADF || code == EINVAL || code == ENOTSOCK || code == EFAULT;
}

int local_address_family(int fd) {
    SockAddr local;
    return getsockname(fd, local.raw(), local.room()) == 0 ? local.family() : AF_UNSPEC;
}

std::optional<SocketAddress> redirected_from(int fd, int level) {
    SockAddr address;
    if (getsockopt(fd, level, kOriginalDestination, address.raw(), address.room()) != 0) return std::nullopt;
    return address.value();
}

}  // namespace

UniqueFd listen_on(const SocketAddress& address, const ListenOptions& options) {
    const SockAddr name(address);
    UniqueFd fd(::socket(name.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) fail("socket");
    const bool six = name.family() == AF_INET6;
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (options.reuse_port) set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    if (six) set_option(fd.get(), SOL_IPV6, IPV6_V6ONLY, 0);
    if (options.transparent) set_option(fd.get(), six ? SOL_IPV6 : SOL_IP, six ? IPV6_TRANSPARENT : IP_TRANSPARENT, 1);
    if (::bind(fd.get(), name.raw(), name.size()) != 0) fail("bind");
    if (::listen(fd.get(), options.backlog) != 0) fail("listen");
    return fd;
}

bool is_transparent(int fd) {
    int on = 0;
    socklen_t size = sizeof on;
    const bool six = local_address_family(fd) == AF_INET6;
    return getsockopt(fd, six ? SOL_IPV6 : SOL_IP, six ? IPV6_TRANSPARENT : IP_TRANSPARENT, &on, &size) == 0 && on != 0;
}

Listener::Listener(EventLoop& loop, UniqueFd socket)
    : loop_(loop), socket_(std::move(socket)), watch_(loop_, socket_.get()) {
    keep_urgent_in_line(socket_.get());  // inherited: an urgent octet may have come before accept()
}

Task<std::variant<Accepted, AcceptExhausted>> Listener::accept() {
    while (true) {
        SockAddr peer;
        UniqueFd fd(::accept4(socket_.get(), peer.raw(), peer.room(), SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (fd) co_return Accepted{std::move(fd), peer.value()};
        const int code = errno;
        if (exhausted(code)) co_return AcceptExhausted{code};
        if (hopeless(code)) throw std::system_error(code, std::generic_category(), "accept4");
        if (code != EAGAIN) continue;
        watch_.readable.clear();
        co_await watch_.readable.wait();
    }
}

SocketAddress Listener::address() const {
    return local_address(socket_.get());
}

std::optional<SocketAddress> original_destination(int fd) {
    SockAddr local;
    if (getsockname(fd, local.raw(), local.room()) != 0) return std::nullopt;
    // An IPv4 connection on an IPv6 socket is tracked, and asked for, as IPv4.
    const auto own = local.value();
    const auto before = redirected_from(fd, own.ip.is_v4() ? SOL_IP : SOL_IPV6);
    return before ? before : own;
}

}  // namespace bascule::net
