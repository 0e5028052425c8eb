#include "daemon/notify.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace bascule::daemon {
namespace {

constexpr int kFirstPassed = 3;  // SD_LISTEN_FDS_START

long environment_number(const char* name) {
    const char* text = std::getenv(name);
    return text ? std::strtol(text, nullptr, 10) : 0;
}

bool is_for_us(const char* name) {
    const long pid = environment_number(name);
    return pid == 0 || pid == ::getpid();
}

}  // namespace

void notify(std::string_view state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!path || std::strlen(path) >= sizeof address.sun_path) return;
    std::strcpy(address.sun_path, path);
    if (path[0] == '@') address.sun_path[0] = '\0';  // abstract
    const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    // A manager whose queue is full must not stop us: what it does not take in time is dropped.
    constexpr timeval kPatience{.tv_sec = 0, .tv_usec = 500'000};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
}

std::optional<std::chrono::microseconds> watchdog_interval() {
    const long micros = environment_number("WATCHDOG_USEC");
    if (micros <= 0 || !is_for_us("WATCHDOG_PID")) return std::nullopt;
    return std::chrono::microseconds(micros);
}

std::vector<PassedSocket> passed_sockets() {
    std::vector<PassedSocket> sockets;
    const long count = environment_number("LISTEN_FDS");
    if (count > 0 && environment_number("LISTEN_PID") == ::getpid()) {
        const char* text = std::getenv("LISTEN_FDNAMES");
        std::string_view names = text ? text : "";
        for (int fd = kFirstPassed; fd < kFirstPassed + count; ++fd) {
            const auto colon = names.find(':');
            ::fcntl(fd, F_SETFD, FD_CLOEXEC);
            sockets.push_back({fd, std::string(names.substr(0, colon))});
            names = colon == names.npos ? "" : names.substr(colon + 1);
        }
    }
    for (const char* name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"}) ::unsetenv(name);
    return sockets;
}

}  // namespace bascule::daemon
