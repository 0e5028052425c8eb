#include "daemon/signer/confine.h"

#include "base/error.h"
#include "daemon/privileges.h"
#include "daemon/signer/system_call_filter.h"
#include "tls/signer/signing_service.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>

namespace bascule::daemon {
namespace {

constexpr std::uint32_t kReading = 1u << CAP_DAC_READ_SEARCH;
constexpr std::uint32_t kReadingAndWriting = 1u << CAP_DAC_OVERRIDE;
constexpr std::uint32_t kLocking = 1u << CAP_IPC_LOCK;

std::uint32_t permitted_capabilities() {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct sets[2]{};
    syscall(SYS_capget, &header, sets);
    return sets[0].permitted;
}

/// The right to read keys that are others' again. Containers tend to have the wider one only: the filter of system
/// calls takes its writing away.
std::uint32_t reading_right() {
    const auto permitted = permitted_capabilities();
    return (permitted & kReading) != 0 ? kReading : permitted & kReadingAndWriting;
}

void keep_capabilities(std::uint32_t kept) {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct sets[2]{};
    sets[0] = {.effective = kept, .permitted = kept, .inheritable = 0};
    syscall(SYS_capset, &header, sets);
}

/// Root without a right to read others' files could not read its own any more, and stays.
void leave_root() {
    const char* name = std::getenv(kSignerUser);  // NOLINT(concurrency-mt-unsafe): one thread here
    if (!name || reading_right() == 0) return;
    const passwd* user = getpwnam(name);  // NOLINT(concurrency-mt-unsafe)
    if (!user) throw Error("user {}: no such user", name);
    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    if (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0) {
        throw Error("cannot become user {}: {}", name, errno_text(errno));
    }
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // another uid had given that back
}

/// All of it, as it comes into use, where no limit is in the way: allocations would fail at it later.
void lock_memory(bool limited) {
    tls::use_locked_heap();
    rlimit limit{};
    getrlimit(RLIMIT_MEMLOCK, &limit);
    if (!limited || limit.rlim_cur == RLIM_INFINITY) mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

}  // namespace

void confine_signer() {
    unshare(CLONE_NEWNET);
    leave_root();
    const auto kept = permitted_capabilities() & (reading_right() | kLocking);
    keep_capabilities(kept);
    lock_memory((kept & kLocking) == 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    filter_system_calls();
}

}  // namespace bascule::daemon
