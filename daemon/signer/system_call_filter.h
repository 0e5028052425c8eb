#pragma once

namespace bascule::daemon {

/// Takes from this process, and for good, the system calls that a signer never needs: other programs, other processes'
/// memory, every socket but a Unix one, and whatever writes to or changes a file that is not open yet. They fail with
/// EPERM. Sets no_new_privs. Throws Error where the filter (seccomp(2)) cannot be installed.
void filter_system_calls();

}  // namespace bascule::daemon
