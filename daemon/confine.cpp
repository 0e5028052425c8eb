#include "daemon/confine.h"

#include "base/error.h"
#include "tls/signer/signing_service.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>

namespace bascule::daemon {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the signer's filter of system calls does not know this architecture"
#endif

// x86-64 has a second set of numbers (x32) in the same architecture.
constexpr std::uint32_t kFirstForeignNumber = 0x40000000;

/// What a signer never needs, and what would get around the rest.
constexpr std::array kForbidden{SYS_execve,
                                SYS_execveat,
                                SYS_ptrace,
                                SYS_process_vm_readv,
                                SYS_process_vm_writev,
                                SYS_pidfd_getfd,
                                SYS_listen,
                                SYS_accept,
                                SYS_accept4,
                                SYS_io_uring_setup,
                                SYS_io_uring_enter,
                                SYS_io_uring_register,
                                SYS_unshare,
                                SYS_setns,
                                SYS_mount,
                                SYS_bpf,
                                SYS_perf_event_open,
                                SYS_userfaultfd,
                                SYS_kexec_load,
                                SYS_init_module,
                                SYS_finit_module,
                                SYS_open_by_handle_at,
                                SYS_add_key,
                                SYS_request_key};

constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;

constexpr sock_filter load(std::size_t offset) {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
constexpr sock_filter answer(std::uint32_t what) {
    return BPF_STMT(BPF_RET | BPF_K, what);
}
/// Goes on with the next instruction where it is equal, else skips it.
constexpr sock_filter if_equal(std::uint32_t value) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
}

/// One by one: a signature takes a handful of calls, so it need not be fast.
constexpr auto make_filter() {
    constexpr std::size_t prologue = 6;
    constexpr std::size_t epilogue = 6;
    std::array<sock_filter, prologue + 2 * kForbidden.size() + epilogue> filter{};
    std::size_t at = 0;
    filter[at++] = load(offsetof(seccomp_data, arch));
    filter[at++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
    filter[at++] = answer(kRefuse);
    filter[at++] = load(offsetof(seccomp_data, nr));
    filter[at++] = BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kFirstForeignNumber, 0, 1);
    filter[at++] = answer(kRefuse);
    for (const auto number : kForbidden) {
        filter[at++] = if_equal(static_cast<std::uint32_t>(number));
        filter[at++] = answer(kRefuse);
    }
    // A token's module may talk to its daemon (pcscd) over a Unix socket.
    filter[at++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0);
    filter[at++] = answer(kAllow);
    filter[at++] = load(offsetof(seccomp_data, args[0]));  // the low half: both architectures are little-endian
    filter[at++] = if_equal(AF_UNIX);
    filter[at++] = answer(kAllow);
    filter[at++] = answer(kRefuse);
    return filter;
}

void filter_system_calls() {
    static constexpr auto filter = make_filter();
    const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                             .filter = const_cast<sock_filter*>(filter.data())};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        throw Error("the signer's filter of system calls cannot be installed: {}", errno_text(errno));
    }
}

/// Of what is there only these stay: to read keys that are others' again, and to lock memory without a limit.
std::uint32_t keep_capabilities(std::uint32_t wanted) {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct sets[2]{};
    syscall(SYS_capget, &header, sets);
    const auto kept = sets[0].permitted & wanted;
    sets[0] = {.effective = kept, .permitted = kept, .inheritable = 0};
    sets[1] = {};
    syscall(SYS_capset, &header, sets);
    return kept;
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
    constexpr std::uint32_t reading = 1u << CAP_DAC_READ_SEARCH;
    constexpr std::uint32_t locking = 1u << CAP_IPC_LOCK;
    unshare(CLONE_NEWNET);
    lock_memory((keep_capabilities(reading | locking) & locking) == 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    filter_system_calls();
}

}  // namespace bascule::daemon
