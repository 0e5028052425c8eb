#include "daemon/watch/capture.h"

#include "base/error.h"
#include "daemon/watch/environment.h"
#include "daemon/watch/namespaces.h"
#include "daemon/watch/program.h"
#include "daemon/watch/trust_store.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

namespace bascule::daemon {
namespace {

constexpr int kExitFailed = 1;

std::vector<UniqueFd> in_a_row(InnerSockets sockets) {
    std::vector<UniqueFd> row;
    row.push_back(std::move(sockets.connections));
    row.push_back(std::move(sockets.name_streams));
    for (auto& socket : sockets.name_queries) row.push_back(std::move(socket));
    return row;
}

/// False: the other side is gone, and so is the reason to go on.
bool told_to_go(int line) {
    char octet = 0;
    return ::read(line, &octet, 1) == 1;
}

}  // namespace

Capture::Capture(const Home& home, const std::vector<std::string>& command) {
    const bool ipv6 = has_ipv6_route();
    pid_ = ::fork();
    if (pid_ < 0) throw Error("a process cannot be made: {}", errno_text(errno));
    if (pid_ == 0) become_captured(home, command, ipv6);
    line_.child.reset();
    take_sockets();
    names_.emplace(sockets_);
}

/// In the child. Never returns.
void Capture::become_captured(const Home& home, const std::vector<std::string>& command, bool ipv6) {
    line_.parent.reset();
    try {
        enter_namespaces();
        mount_trust_store(home);
        send_descriptors(line_.child.get(), in_a_row(make_inner_network(ipv6)));
    } catch (const std::exception& error) {
        std::cerr << "bascule: " << error.what() << '\n';
        ::_exit(kExitFailed);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // without us it would have no network
    if (!told_to_go(line_.child.get())) ::_exit(kExitFailed);
    forget_proxies();
    become(command, trust_environment(home));
}

void Capture::take_sockets() {
    auto row = receive_descriptors(line_.parent.get());
    if (row.size() < 3) {
        ::waitpid(pid_, nullptr, 0);
        throw Error("the command was not run");
    }
    sockets_.connections = std::move(row[0]);
    sockets_.name_streams = std::move(row[1]);
    for (std::size_t i = 2; i < row.size(); ++i) sockets_.name_queries.push_back(std::move(row[i]));
}

int Capture::run() {
    if (::write(line_.parent.get(), "", 1) != 1) throw Error("the command has ended before it began");
    return follow_program(pid_);
}

}  // namespace bascule::daemon
