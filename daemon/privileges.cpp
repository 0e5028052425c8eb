#include "daemon/privileges.h"

#include "base/error.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

namespace bascule::daemon {
namespace {

void keep_only_net_admin() {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct sets[2]{};
    sets[0].permitted = sets[0].effective = 1u << CAP_NET_ADMIN;
    if (syscall(SYS_capset, &header, sets) != 0) throw Error("cannot keep CAP_NET_ADMIN: {}", errno_text(errno));
}

}  // namespace

void become_user(const std::string& user, bool keep_net_admin) {
    const passwd* entry = getpwnam(user.c_str());
    if (!entry) throw Error("user {}: no such user; make it with: adduser --system --group {}", user, user);
    if (entry->pw_uid == geteuid()) return;
    if (keep_net_admin) prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    if (initgroups(entry->pw_name, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0) {
        throw Error("cannot become user {}: {}; only root can, or start as that user and write user: none", user,
                    errno_text(errno));
    }
    if (keep_net_admin) keep_only_net_admin();
}

const char* signer_user(const std::string& workers) {
    for (const char* name : {"bascule-signer", "nobody", "daemon"}) {
        if (workers != name && getpwnam(name)) return name;  // NOLINT(concurrency-mt-unsafe)
    }
    return nullptr;
}

void occupy_standard_streams() {
    int fd = 0;
    while (fd >= 0 && fd <= STDERR_FILENO) fd = ::open("/dev/null", O_RDWR);
    if (fd > STDERR_FILENO) ::close(fd);
}

void prepare_process() {
    std::signal(SIGPIPE, SIG_IGN);
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    const rlimit none{};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace bascule::daemon
