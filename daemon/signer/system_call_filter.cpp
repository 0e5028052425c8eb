#include "daemon/signer/system_call_filter.h"

#include "base/error.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

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
constexpr long kForbidden[]{SYS_execve,
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

/// What changes files without having one open for it. openat2 has its flags where a filter cannot look.
constexpr long kChangesFiles[]{
    SYS_openat2,   SYS_truncate,  SYS_unlinkat,    SYS_renameat2,    SYS_linkat,       SYS_symlinkat, SYS_mkdirat,
    SYS_mknodat,   SYS_fchmod,    SYS_fchmodat,    SYS_fchown,       SYS_fchownat,     SYS_utimensat, SYS_setxattr,
    SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr,
#if defined(__x86_64__)
    SYS_creat,     SYS_unlink,    SYS_rmdir,       SYS_rename,       SYS_link,         SYS_symlink,   SYS_mkdir,
    SYS_mknod,     SYS_chmod,     SYS_chown,       SYS_lchown,       SYS_utime,        SYS_utimes,    SYS_futimesat,
#endif
    SYS_renameat};

constexpr std::uint32_t kToWrite = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;

using Filter = std::vector<sock_filter>;

constexpr sock_filter load(std::size_t offset) {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
/// The low half: both architectures are little-endian.
constexpr sock_filter load_argument(std::size_t number) {
    return load(offsetof(seccomp_data, args) + number * sizeof(std::uint64_t));
}
constexpr sock_filter answer(std::uint32_t what) {
    return BPF_STMT(BPF_RET | BPF_K, what);
}
/// Goes on with the next instruction where it is equal, else skips `others` of them.
constexpr sock_filter if_equal(long value, std::uint8_t others) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(value), 0, others);
}

void refuse_foreign_numbers(Filter& filter) {
    filter.push_back(load(offsetof(seccomp_data, arch)));
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
    filter.push_back(answer(kRefuse));
    filter.push_back(load(offsetof(seccomp_data, nr)));
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kFirstForeignNumber, 0, 1));
    filter.push_back(answer(kRefuse));
}

void refuse(Filter& filter, long number) {
    filter.push_back(if_equal(number, 1));
    filter.push_back(answer(kRefuse));
}

/// `flags`: which argument has them.
void refuse_opening_to_write(Filter& filter, long number, std::size_t flags) {
    filter.push_back(if_equal(number, 4));
    filter.push_back(load_argument(flags));
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kToWrite, 0, 1));
    filter.push_back(answer(kRefuse));
    filter.push_back(answer(kAllow));
}

/// A token's module may talk to its daemon (pcscd) over a Unix socket.
void refuse_sockets_but_unix(Filter& filter) {
    filter.push_back(if_equal(SYS_socket, 4));
    filter.push_back(load_argument(0));
    filter.push_back(if_equal(AF_UNIX, 1));
    filter.push_back(answer(kAllow));
    filter.push_back(answer(kRefuse));
}

/// One by one: a signature takes a handful of calls, so it need not be fast.
Filter make_filter() {
    Filter filter;
    refuse_foreign_numbers(filter);
    for (const auto number : kForbidden) refuse(filter, number);
    for (const auto number : kChangesFiles) refuse(filter, number);
    refuse_opening_to_write(filter, SYS_openat, 2);
#if defined(__x86_64__)
    refuse_opening_to_write(filter, SYS_open, 1);
#endif
    refuse_sockets_but_unix(filter);
    filter.push_back(answer(kAllow));
    return filter;
}

}  // namespace

void filter_system_calls() {
    auto filter = make_filter();
    const sock_fprog program{.len = static_cast<unsigned short>(filter.size()), .filter = filter.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        throw Error("the signer's filter of system calls cannot be installed: {}", errno_text(errno));
    }
}

}  // namespace bascule::daemon
