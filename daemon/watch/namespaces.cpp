#include "daemon/watch/namespaces.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace bascule::daemon {
namespace {

constexpr int kOwn = CLONE_NEWNET | CLONE_NEWNS;

void write_to(const char* path, const std::string& text) {
    const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        throw Error("{}: {}; {}", path, errno_text(errno), kHowToCapture);
    }
}

/// user_namespaces(7): one id may be mapped without a capability, a group only where setgroups(2) is given up.
void keep_identity(uid_t user, gid_t group) {
    write_to("/proc/self/setgroups", "deny");
    write_to("/proc/self/uid_map", fmt::format("{0} {0} 1", user));
    write_to("/proc/self/gid_map", fmt::format("{0} {0} 1", group));
}

void enter_with_user_namespace() {
    const auto user = ::geteuid();
    const auto group = ::getegid();
    if (::unshare(kOwn | CLONE_NEWUSER) != 0) throw Error("unshare: {}; {}", errno_text(errno), kHowToCapture);
    keep_identity(user, group);
}

}  // namespace

void enter_namespaces() {
    if (::unshare(kOwn) != 0) enter_with_user_namespace();
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        throw Error("mounts cannot be made private: {}; {}", errno_text(errno), kHowToCapture);
    }
}

}  // namespace bascule::daemon
