#include "daemon/watch/name_relay.h"

#include "base/error.h"
#include "daemon/watch/program.h"
#include "net/dial.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/name/resolv_conf.h"
#include "net/relay.h"
#include "net/sockaddr.h"
#include "net/task/deadline.h"
#include "net/task/nursery.h"
#include "net/watch.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <sstream>

namespace bascule::daemon {
namespace {

using net::Task;

constexpr std::size_t kMostAtOnce = 256;  // beyond that a query is lost, as in any network, and asked again
constexpr std::size_t kLargest = 65536;   // octets of a datagram
constexpr Duration kPatience = std::chrono::seconds(5);
constexpr Duration kIdle = std::chrono::seconds(30);

/// Read for each query: it changes with the networks that a laptop joins.
std::vector<SocketAddress> servers() {
    std::ifstream file("/etc/resolv.conf");
    std::ostringstream text;
    text << file.rdbuf();
    return net::parse_resolv_conf(text.str()).servers;
}

struct Query {
    net::SockAddr from;
    std::string octets;
};

/// One datagram; nothing where none is there.
std::string receive(int socket, net::SockAddr& from) {
    std::array<char, kLargest> room;  // NOLINT(cppcoreguidelines-pro-type-member-init): recvfrom fills it
    const auto size = ::recvfrom(socket, room.data(), room.size(), 0, from.raw(), from.room());
    return size > 0 ? std::string(room.data(), static_cast<std::size_t>(size)) : std::string();
}

Task<void> readable(net::Watch& watch) {
    co_await watch.readable.wait();
}

/// The server's answer; empty: none came in time.
Task<std::string> ask(net::EventLoop& loop, SocketAddress server, const std::string& query) {
    const net::SockAddr address(server);
    const UniqueFd socket(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(socket.get(), address.raw(), address.size()) != 0) co_return std::string();
    net::Watch watch(loop, socket.get());
    if (::send(socket.get(), query.data(), query.size(), MSG_NOSIGNAL) < 0) co_return std::string();
    watch.readable.clear();
    co_await net::with_deadline(loop, loop.now() + kPatience, readable(watch));
    net::SockAddr from;
    co_return receive(socket.get(), from);
}

Task<void> answer(net::EventLoop& loop, int socket, Query query) {
    for (const auto& server : servers()) {
        const auto said = co_await ask(loop, server, query.octets);
        if (said.empty()) continue;
        ::sendto(socket, said.data(), said.size(), MSG_NOSIGNAL, query.from.raw(), query.from.size());
        co_return;
    }
}

Task<void> take_queries(net::EventLoop& loop, int socket, net::Nursery& queries) {
    net::Watch watch(loop, socket);
    while (true) {
        Query query;
        query.octets = receive(socket, query.from);
        if (query.octets.empty()) {
            watch.readable.clear();
            co_await watch.readable.wait();
        } else if (queries.size() < kMostAtOnce) {
            queries.spawn(answer(loop, socket, std::move(query)));
        }
    }
}

Task<void> relay_stream(net::EventLoop& loop, UniqueFd accepted) {
    net::TcpStream client(loop, std::move(accepted));
    auto dialed = co_await net::with_deadline(loop, loop.now() + kPatience, net::dial(loop, servers(), {}));
    auto* reached = dialed ? std::get_if<net::Dialed>(&*dialed) : nullptr;
    if (!reached) co_return client.abort();
    net::Traffic traffic;
    co_await net::relay(loop, client, *reached->stream, {.idle = kIdle, .half_close = kIdle}, nullptr, traffic);
}

Task<void> take_streams(net::EventLoop& loop, UniqueFd socket, net::Nursery& streams) {
    net::Listener listener(loop, std::move(socket));
    while (true) {
        auto accepted = co_await listener.accept();
        auto* connection = std::get_if<net::Accepted>(&accepted);
        if (connection && streams.size() < kMostAtOnce) {
            streams.spawn(relay_stream(loop, std::move(connection->socket)));
        }
        if (!connection) co_await loop.wait_until(loop.now() + kPatience);
    }
}

/// In the child. Never returns.
void serve(const InnerSockets& sockets) {
    net::EventLoop loop;
    net::Nursery queries(loop);
    net::Nursery streams(loop);
    net::Nursery servers(loop);
    for (const auto& socket : sockets.name_queries) servers.spawn(take_queries(loop, socket.get(), queries));
    servers.spawn(take_streams(loop, UniqueFd(::dup(sockets.name_streams.get())), streams));
    loop.run();
}

}  // namespace

NameRelay::NameRelay(const InnerSockets& sockets) {
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw Error("a process cannot be made: {}", errno_text(errno));
    if (pid_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);  // it has died before that
    ::setpgid(0, 0);
    release_signals();
    serve(sockets);
    ::_exit(0);
}

NameRelay::~NameRelay() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
}

}  // namespace bascule::daemon
