#include "base/error.h"
#include "daemon/privileges.h"
#include "daemon/signer/confine.h"
#include "daemon/signer/signer_process.h"
#include "tls/signer/signing_service.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>

namespace bascule::daemon {
namespace {

using tls::SigningService;

constexpr int kFirstLine = STDERR_FILENO + 1;

/// One socket to the daemon. Answers that it does not take now are kept, and nothing more is read until it has.
class Line {
  public:
    Line(int fd, SigningService::From from) : socket_(fd), from_(from) {}

    pollfd interest() const {
        return {.fd = socket_.get(), .events = static_cast<short>(unsent_.empty() ? POLLIN : POLLOUT), .revents = 0};
    }

    /// Does what can be done now. False: the other end is closed.
    bool serve(SigningService& service) {
        if (unsent_.empty() && !read(service)) return false;
        return send();
    }

  private:
    bool read(SigningService& service) {
        std::array<std::uint8_t, 64_KiB> buffer;
        const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (size < 0) return errno == EAGAIN || errno == EINTR;
        if (size == 0) return false;
        inbox_.add(ByteView(buffer).first(static_cast<std::size_t>(size)));
        while (const auto message = inbox_.next()) {
            const auto answer = service.answer(*message, from_);
            unsent_.insert(unsent_.end(), answer.begin(), answer.end());
        }
        return true;
    }

    bool send() {
        if (unsent_.empty()) return true;
        const auto size = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (size < 0) return errno == EAGAIN || errno == EINTR;
        unsent_.erase(unsent_.begin(), unsent_.begin() + size);
        return true;
    }

    UniqueFd socket_;
    SigningService::From from_;
    tls::signing::Inbox inbox_;
    Bytes unsent_;
};

bool is_socket(int fd) {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

/// The first is the main thread's, each further one a worker's.
std::vector<Line> inherited_lines() {
    std::vector<Line> lines;
    for (int fd = kFirstLine; is_socket(fd); ++fd) {
        lines.emplace_back(fd, fd == kFirstLine ? SigningService::From::control : SigningService::From::worker);
    }
    if (lines.empty()) throw Error("started without its sockets; it is started by: bascule run");
    return lines;
}

void serve(std::vector<Line> lines) {
    SigningService service;
    std::vector<pollfd> interests;
    while (!lines.empty()) {
        interests.clear();
        for (const auto& line : lines) interests.push_back(line.interest());
        if (::poll(interests.data(), interests.size(), -1) < 0) continue;
        for (std::size_t i = lines.size(); i-- > 0;) {
            if (interests[i].revents == 0 || lines[i].serve(service)) continue;
            if (i == 0) return;
            lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
}

/// The service manager, and a terminal, tell the whole group to stop: the daemon drains, and needs its signer for it.
void ignore_what_is_meant_for_the_daemon() {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) std::signal(signal, SIG_IGN);
}

}  // namespace

int run_signer() {
    try {
        prepare_process();
        ignore_what_is_meant_for_the_daemon();
        prctl(PR_SET_NAME, kSignerName, 0, 0, 0);
        auto lines = inherited_lines();
        confine_signer();
        serve(std::move(lines));
        // The keys are gone by now. What else would run at the end takes what was given up (a leak checker: ptrace).
        ::_exit(0);
    } catch (const std::exception& error) {
        std::cerr << kSignerName << ": " << error.what() << '\n';
        return 1;
    }
}

}  // namespace bascule::daemon
