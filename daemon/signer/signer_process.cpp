#include "daemon/signer/signer_process.h"

#include "base/error.h"
#include "daemon/privileges.h"
#include "daemon/signer/confine.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace bascule::daemon {
namespace {

constexpr int kFirstLine = STDERR_FILENO + 1;
constexpr int kPatienceMs = 2'000;

/// Two connected, non-blocking ends.
std::pair<UniqueFd, UniqueFd> socket_pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
        throw Error("the signer's sockets: {}", errno_text(errno));
    }
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// In the child: the sockets become descriptors 3 and on, in order, and nothing else stays open but stderr.
bool leave_open(const std::vector<UniqueFd>& sockets) {
    const int count = static_cast<int>(sockets.size());
    std::vector<int> aside;
    aside.reserve(sockets.size());
    for (const auto& socket : sockets) aside.push_back(::fcntl(socket.get(), F_DUPFD_CLOEXEC, kFirstLine + count));
    for (int i = 0; i < count; ++i) {
        if (::dup2(aside[static_cast<std::size_t>(i)], kFirstLine + i) < 0) return false;
    }
    const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    return ::dup2(nothing.get(), STDIN_FILENO) == STDIN_FILENO &&
           ::dup2(nothing.get(), STDOUT_FILENO) == STDOUT_FILENO &&
           ::close_range(static_cast<unsigned>(kFirstLine + count), ~0U, 0) == 0;
}

/// In the child. What is the service manager's business is the daemon's alone.
[[noreturn]] void become_signer(const std::vector<UniqueFd>& sockets, const char* user) {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
                             "LISTEN_FDNAMES", kSignerUser}) {
        ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): one thread here
    }
    if (user) ::setenv(kSignerUser, user, 1);  // NOLINT(concurrency-mt-unsafe)
    if (leave_open(sockets)) ::execl("/proc/self/exe", kSignerName, static_cast<char*>(nullptr));
    ::_exit(EXIT_FAILURE);
}

}  // namespace

SignerProcess::SignerProcess(std::size_t workers, const std::string& user) {
    const char* own_user = ::geteuid() == 0 ? signer_user(user) : nullptr;
    std::vector<UniqueFd> theirs;
    for (std::size_t i = 0; i <= workers; ++i) {
        auto [our, their] = socket_pair();
        theirs.push_back(std::move(their));
        if (i == 0) {
            control_ = std::make_shared<tls::SignerControl>(std::move(our));
        } else {
            lines_.push_back(std::move(our));
        }
    }
    pid_ = ::fork();
    if (pid_ < 0) throw Error("the signer process cannot be made: {}", errno_text(errno));
    if (pid_ == 0) become_signer(theirs, own_user);
}

SignerProcess::~SignerProcess() {
    if (pid_ < 0) return;
    ::shutdown(control_->fd(), SHUT_RDWR);
    ending();
}

proxy::AuthorityLoader SignerProcess::loader() {
    return
        [this](const config::Ca& ca) { return control_->load(ca.certificate.value, ca.key.value, ca.leaf_lifetime); };
}

std::string SignerProcess::ending() {
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    pollfd entry{.fd = process.get(), .events = POLLIN, .revents = 0};
    const bool late = !process || ::poll(&entry, 1, kPatienceMs) != 1;
    const bool ours = !late || ::kill(pid_, SIGKILL) == 0;  // it may be another user's than we have become
    int status = 0;
    const auto ended = ::waitpid(std::exchange(pid_, -1), &status, ours ? 0 : WNOHANG);
    if (ended <= 0) return "not to be reached, though it has not ended";
    if (WIFSIGNALED(status))
        return fmt::format("killed by signal {} ({})", WTERMSIG(status), ::sigdescr_np(WTERMSIG(status)));
    return fmt::format("ended by itself (code {})", WEXITSTATUS(status));
}

}  // namespace bascule::daemon
