#pragma once

namespace bascule::daemon {

/// What a person can do where the kernel refuses.
inline constexpr const char* kHowToCapture =
    "--capture needs a network and a mount namespace: run it as root (CAP_SYS_ADMIN and CAP_NET_ADMIN), or have the "
    "kernel allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1, "
    "kernel.apparmor_restrict_unprivileged_userns=0; in a container: --cap-add SYS_ADMIN --cap-add NET_ADMIN)";

/// This process, and what it starts, in a network and a mount namespace of its own, both empty of the host's: without
/// interfaces, and mounts made from now on are seen by nobody else. Where that is not ours to do, within a user
/// namespace too, in which user and group are what they were. Throws Error.
void enter_namespaces();

}  // namespace bascule::daemon
