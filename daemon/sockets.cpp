#include "daemon/sockets.h"

#include "base/error.h"
#include "net/listener.h"
#include "net/tcp_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bascule::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::uint16_t kFirstUnprivileged = 1024;

/// The inodes of sockets that listen on `port`, from the kernel's table (proc(5): /proc/net/tcp).
std::vector<std::string> listening_inodes(std::uint16_t port) {
    std::vector<std::string> inodes;
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::ifstream file(table);
        std::string line;
        std::getline(file, line);
        while (std::getline(file, line)) {
            std::istringstream fields(line);
            std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
            fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
            if (state == "0A" && local.ends_with(fmt::format(":{:04X}", port)))
                inodes.push_back("socket:[" + inode + "]");
        }
    }
    return inodes;
}

std::string command_of(const fs::path& process) {
    std::ifstream file(process / "comm");
    std::string name;
    std::getline(file, name);
    return fmt::format("{} (pid {})", name, process.filename().string());
}

std::string describe_failure(const config::Listener& entry, const std::system_error& error) {
    const auto address = entry.address.value.text();
    switch (error.code().value()) {
        case EADDRINUSE: {
            const auto holder = who_listens_on(entry.address.value.port);
            return fmt::format("listener \"{}\": {} is in use{}; stop it or change address at {}", entry.name, address,
                               holder.empty() ? " (see who with: ss -ltnp)" : " by " + holder,
                               entry.address.place.text());
        }
        case EACCES:
            if (entry.address.value.port < kFirstUnprivileged) {
                return fmt::format(
                    "listener \"{}\": port {} needs a capability; add AmbientCapabilities=CAP_NET_BIND_SERVICE to the "
                    "unit, use bascule.socket, or a port >= 1024",
                    entry.name, entry.address.value.port);
            }
            break;
        case EADDRNOTAVAIL:
            return fmt::format("listener \"{}\": {} is not an address of this machine; see: ip address", entry.name,
                               address);
        case ENOTSOCK:
            return fmt::format(
                "listener \"{}\": what the service manager passed under this name is not a listening "
                "socket; write ListenStream= (and Accept=no) in the socket unit",
                entry.name);
        default:
            break;
    }
    return fmt::format("listener \"{}\": cannot listen on {}: {}", entry.name, address, error.code().message());
}

/// TPROXY hands over connections to foreign addresses; without the capability REDIRECT still works, which is told.
UniqueFd listen_transparent(const SocketAddress& address, bool& redirect_only) {
    try {
        return net::listen_on(address, {.reuse_port = true, .transparent = true});
    } catch (const std::system_error& error) {
        if (error.code().value() != EPERM) throw;
        redirect_only = true;
        return net::listen_on(address, {.reuse_port = true, .transparent = false});
    }
}

void bind_for_workers(OpenListener& listener, std::size_t workers) {
    SocketAddress address = listener.entry->address.value;
    for (std::size_t i = 0; i < workers; ++i) {
        UniqueFd socket = listener.entry->mode == config::Mode::transparent
                              ? listen_transparent(address, listener.redirect_only)
                              : net::listen_on(address, {});
        address = net::local_address(socket.get());
        listener.sockets.push_back(std::move(socket));
    }
    listener.address = address;
}

/// SO_REUSEPORT lets a second bascule of the same user bind silently beside the first, and take half of its
/// connections: a plain bind tells whether the port is free.
void require_free(const SocketAddress& address) {
    if (address.port == 0) return;
    net::listen_on(address, {.reuse_port = false, .transparent = false});
}

bool is_listening(int fd) {
    int listening = 0;
    socklen_t size = sizeof listening;
    return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

void share_passed(OpenListener& listener, const PassedSocket& passed, std::size_t workers) {
    if (!is_listening(passed.fd)) {
        throw std::system_error(ENOTSOCK, std::generic_category(), "passed socket");
    }
    ::fcntl(passed.fd, F_SETFL, ::fcntl(passed.fd, F_GETFL) | O_NONBLOCK);
    listener.address = net::local_address(passed.fd);
    listener.redirect_only = listener.entry->mode == config::Mode::transparent && !net::is_transparent(passed.fd);
    for (std::size_t i = 0; i < workers; ++i) listener.sockets.emplace_back(::fcntl(passed.fd, F_DUPFD_CLOEXEC, 3));
}

}  // namespace

std::vector<config::Problem> check_marks(const config::Config& config) {
    std::vector<config::Problem> problems;
    for (const auto& settings : config.settings) {
        const auto& mark = settings.upstream->mark;
        if (!mark) continue;
        const UniqueFd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (probe && ::setsockopt(probe.get(), SOL_SOCKET, SO_MARK, &*mark, sizeof *mark) == 0) continue;
        problems.push_back({.place = {.file = config.file, .line = 0, .column = 0},
                            .path = "upstream.mark",
                            .message = fmt::format("connections cannot be marked ({}): that needs CAP_NET_ADMIN "
                                                   "(systemd/examples/tproxy.conf has it), or take the mark out",
                                                   errno_text(errno))});
        break;
    }
    return problems;
}

std::string who_listens_on(std::uint16_t port) {
    const auto inodes = listening_inodes(port);
    std::error_code ignored;
    for (const auto& process : fs::directory_iterator("/proc", ignored)) {
        const auto name = process.path().filename().string();
        if (inodes.empty() || !std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) continue;
        for (const auto& entry : fs::directory_iterator(process.path() / "fd", ignored)) {
            const auto target = fs::read_symlink(entry.path(), ignored).string();
            if (std::ranges::find(inodes, target) != inodes.end()) return command_of(process.path());
        }
    }
    return {};
}

OpenedListeners open_listeners(const config::Config& config, std::size_t workers, std::vector<PassedSocket> passed) {
    OpenedListeners opened;
    for (const auto& entry : config.listeners) {
        OpenListener listener{.entry = std::make_shared<const config::Listener>(entry), .address = {}, .sockets = {}};
        const auto given = std::ranges::find(passed, entry.name, &PassedSocket::name);
        try {
            if (given != passed.end()) {
                share_passed(listener, *given, workers);
            } else {
                require_free(entry.address.value);
                bind_for_workers(listener, workers);
            }
            opened.listeners.push_back(std::move(listener));
        } catch (const std::system_error& error) {
            opened.problems.push_back(
                {.place = entry.address.place, .path = {}, .message = describe_failure(entry, error)});
        }
    }
    for (const auto& socket : passed) {
        ::close(socket.fd);
        const bool wanted =
            std::ranges::any_of(config.listeners, [&](const auto& entry) { return entry.name == socket.name; });
        if (!wanted) opened.unused.push_back(socket.name);
    }
    return opened;
}

}  // namespace bascule::daemon
