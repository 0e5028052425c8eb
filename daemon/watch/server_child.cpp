#include "daemon/watch/server_child.h"

#include "base/address.h"
#include "base/error.h"
#include "daemon/watch/program.h"
#include "net/sockaddr.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace bascule::daemon {
namespace {

constexpr int kFirstPassed = 3;  // SD_LISTEN_FDS_START
constexpr int kQueue = 1024;

void tell(const char* variable, const std::string& value) {
    ::setenv(variable, value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): a child has one thread
}

}  // namespace

ServerChild::ServerChild(const Home& home, UniqueFd listening) : socket_(std::move(listening)) {
    if (!socket_) listen(home.listen);
    open_notifications();
    parent_ = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw Error("a process cannot be made: {}", errno_text(errno));
    if (pid_ == 0) serve(home);
    socket_.reset();
    handle_ = handle_of(pid_);
}

void ServerChild::listen(const std::string& where) {
    const auto wanted = SocketAddress::parse(where);
    if (!wanted) throw Error("--listen {}: is not IP:PORT, as 127.0.0.1:9000 or \"[::1]:9000\"", where);
    if (!wanted->ip.is_loopback()) {
        throw Error("--listen {}: is not loopback: everyone who reaches it would have an open proxy; use bascule run",
                    where);
    }
    const net::SockAddr address(*wanted);
    socket_.reset(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket_.get(), address.raw(), address.size()) != 0 || ::listen(socket_.get(), kQueue) != 0) {
        throw Error("cannot listen on {}: {}; try --listen 127.0.0.1:0", where, errno_text(errno));
    }
    net::SockAddr bound;
    ::getsockname(socket_.get(), bound.raw(), bound.room());
    address_ = bound.value().text();
}

/// An address of the kernel's choice: nothing to clean up.
void ServerChild::open_notifications() {
    notifications_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    socklen_t size = sizeof(sa_family_t);
    if (::bind(notifications_.get(), reinterpret_cast<sockaddr*>(&name), size) != 0) {
        throw Error("a socket cannot be bound: {}", errno_text(errno));
    }
    size = sizeof name;
    ::getsockname(notifications_.get(), reinterpret_cast<sockaddr*>(&name), &size);
    notify_name_ = "@" + std::string(name.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
}

/// In the child.
void ServerChild::serve(const Home& home) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent_) ::_exit(1);  // it has died before that
    ::setpgid(0, 0);
    release_signals();
    ::dup2(socket_.release(), kFirstPassed);
    tell("LISTEN_FDS", "1");
    tell("LISTEN_PID", std::to_string(::getpid()));
    tell("LISTEN_FDNAMES", home.listener);
    tell("NOTIFY_SOCKET", notify_name_);
    ::_exit(run_server(home.run));
}

bool ServerChild::ready() {
    pollfd entries[]{{.fd = notifications_.get(), .events = POLLIN, .revents = 0},
                     {.fd = handle_.get(), .events = POLLIN, .revents = 0}};
    while (::poll(entries, std::size(entries), -1) < 0) {
    }
    return entries[0].revents != 0;
}

int ServerChild::wait() {
    while (next_signal(handle_.get()).number != 0) ::kill(pid_, SIGTERM);
    return stop();
}

int ServerChild::stop() {
    if (pid_ < 0) return code_;
    ::kill(pid_, SIGTERM);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    return code_;
}

}  // namespace bascule::daemon
