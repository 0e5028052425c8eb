#include "daemon/watch/inner_network.h"

#include "base/error.h"
#include "daemon/watch/namespaces.h"
#include "net/listener.h"
#include "net/sockaddr.h"
#include "net/tcp_stream.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

namespace bascule::daemon {
namespace {

// Addresses that are nobody's destination: IPv4's dummy address (RFC 7600), and one of IPv6's discard-only block (RFC
// 6666). Whatever the host's networks are, they do not hide a part of them.
constexpr auto kLinks = R"(link set lo up
link add eth0 type veth peer name eth0-end
link set eth0-end up
link set eth0 up
address add 192.0.0.8/32 dev eth0
route add default dev eth0
)";
constexpr auto kLinksOfIpv6 = R"(address add 100::8/128 dev eth0 nodad
route add ::/0 dev eth0
)";

constexpr auto kRules = R"(define inside = {{ 127.0.0.0/8, 192.0.0.8 }}
define inside6 = {{ ::1, 100::8 }}
table inet bascule {{
 chain to_bascule {{
  type nat hook output priority -100
  udp dport 53 redirect to :{names}
  tcp dport 53 redirect to :{name_streams}
  ip daddr $inside accept
  ip6 daddr $inside6 accept
  meta l4proto tcp redirect to :{connections}
 }}
 chain no_way_out {{
  type filter hook output priority 0
  ip daddr $inside accept
  ip6 daddr $inside6 accept
  meta l4proto udp reject
 }}
}}
)";

UniqueFd file_of(std::string_view text) {
    UniqueFd file(::memfd_create("bascule", MFD_CLOEXEC));
    if (::write(file.get(), text.data(), text.size()) < 0) throw Error("memfd: {}", errno_text(errno));
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

std::string text_of(const UniqueFd& file) {
    std::array<char, 500> text{};
    const auto size = ::pread(file.get(), text.data(), text.size(), 0);
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(0, size))};
}

/// A program that a user runs has no capability of his namespace, unless it is an ambient one (capabilities(7)).
void pass_on_capability() {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
    ::syscall(SYS_capget, &header, sets);
    sets[0].inheritable |= 1U << CAP_NET_ADMIN;
    ::syscall(SYS_capset, &header, sets);
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0);
}

/// In a child. The tools of an administrator are not always in a user's PATH.
[[noreturn]] void become_tool(const char* const* command, int input, int output) {
    pass_on_capability();
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDERR_FILENO);
    const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): a child has one thread
    const auto wider = fmt::format("{}:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
    ::setenv("PATH", wider.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): likewise
    ::execvp(command[0], const_cast<char* const*>(command));
    ::_exit(errno == ENOENT ? 127 : 126);
}

/// Runs a tool that reads `script` from its standard input.
void run_tool(const char* const* command, const char* package, const std::string& script) {
    const auto input = file_of(script);
    const auto complaints = file_of("");
    const pid_t child = ::fork();
    if (child == 0) become_tool(command, input.get(), complaints.get());
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status == 0) return;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        throw Error("--capture needs the program {}, which is not here; install the package {}", command[0], package);
    }
    throw Error("{} failed: {}\n{}", command[0], text_of(complaints), kHowToCapture);
}

void bring_links_up(bool ipv6) {
    constexpr const char* command[]{"ip", "-batch", "-", nullptr};
    run_tool(command, "iproute2", std::string(kLinks) + (ipv6 ? kLinksOfIpv6 : ""));
}

std::uint16_t port_of(const UniqueFd& socket) {
    return net::local_address(socket.get()).port;
}

void redirect_to(const InnerSockets& sockets) {
    constexpr const char* command[]{"nft", "-f", "-", nullptr};
    run_tool(command, "nftables",
             fmt::format(kRules, fmt::arg("names", port_of(sockets.name_queries.front())),
                         fmt::arg("name_streams", port_of(sockets.name_streams)),
                         fmt::arg("connections", port_of(sockets.connections))));
}

UniqueFd datagram_socket(const SocketAddress& where) {
    const net::SockAddr address(where);
    UniqueFd socket(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::bind(socket.get(), address.raw(), address.size()) != 0) throw Error("bind: {}", errno_text(errno));
    return socket;
}

/// An answer must come from the address that REDIRECT put in: the loopback one of its family, named in bind().
std::vector<UniqueFd> query_sockets(bool ipv6) {
    std::vector<UniqueFd> sockets;
    sockets.push_back(datagram_socket({.ip = *IpAddress::parse("127.0.0.1"), .port = 0}));
    const auto port = port_of(sockets.front());
    if (ipv6) sockets.push_back(datagram_socket({.ip = *IpAddress::parse("::1"), .port = port}));
    return sockets;
}

}  // namespace

bool has_ipv6_route() {
    const net::SockAddr anywhere({.ip = *IpAddress::parse("2001:db8::1"), .port = 53});
    const UniqueFd socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return socket && ::connect(socket.get(), anywhere.raw(), anywhere.size()) == 0;
}

InnerSockets make_inner_network(bool ipv6) {
    bring_links_up(ipv6);
    const SocketAddress any{.ip = *IpAddress::parse(ipv6 ? "::" : "127.0.0.1"), .port = 0};
    InnerSockets sockets{
        .connections = net::listen_on(any, {.reuse_port = false, .transparent = true}),
        .name_streams = net::listen_on(any, {.reuse_port = false, .transparent = false}),
        .name_queries = query_sockets(ipv6),
    };
    redirect_to(sockets);
    return sockets;
}

}  // namespace bascule::daemon
