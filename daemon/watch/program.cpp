#include "daemon/watch/program.h"

#include "base/error.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <iostream>

namespace bascule::daemon {
namespace {

constexpr int kNotFound = 127;
constexpr int kNotRunnable = 126;
constexpr int kEndedBySignal = 128;

sigset_t ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    return set;
}

int code_of(int status) {
    return WIFSIGNALED(status) ? kEndedBySignal + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

void become(const std::vector<std::string>& command, const Environment& environment) {
    release_signals();
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a child has one thread
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments.front(), arguments.data());
    const int fault = errno;
    std::cerr << fmt::format("bascule: {}: {}\n", command.front(), errno_text(fault));
    ::_exit(fault == ENOENT ? kNotFound : kNotRunnable);
}

void hold_signals() {
    const auto set = ending_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void release_signals() {
    const auto set = ending_signals();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

UniqueFd handle_of(int pid) {
    UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!handle) throw Error("pidfd_open: {}", errno_text(errno));
    return handle;
}

HeldSignal next_signal(int pid_fd) {
    const auto set = ending_signals();
    const UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    pollfd entries[]{{.fd = signals.get(), .events = POLLIN, .revents = 0},
                     {.fd = pid_fd, .events = POLLIN, .revents = 0}};
    while (true) {
        ::poll(entries, std::size(entries), -1);
        signalfd_siginfo info{};
        if (::read(signals.get(), &info, sizeof info) == sizeof info) {
            return {static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL};
        }
        if (entries[1].revents != 0) return {};
    }
}

int run_program(const std::vector<std::string>& command, const Environment& environment) {
    const pid_t child = ::fork();
    if (child < 0) throw Error("a process cannot be made: {}", errno_text(errno));
    if (child == 0) become(command, environment);
    return follow_program(child);
}

int follow_program(int pid) {
    const auto handle = handle_of(pid);
    for (auto signal = next_signal(handle.get()); signal.number != 0; signal = next_signal(handle.get())) {
        if (!signal.of_terminal) ::kill(pid, signal.number);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return code_of(status);
}

}  // namespace bascule::daemon
