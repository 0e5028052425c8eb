#pragma once

namespace bascule::daemon {

/// Makes this process fit to hold keys, for good: no network (a network namespace of its own where that is allowed, and
/// in any case no sockets but Unix ones), no other program, no other process's memory; its memory is locked, it is
/// killed when its parent's thread ends, and of the capabilities only CAP_DAC_READ_SEARCH, so that keys can be read
/// again, and CAP_IPC_LOCK are left (where they were there). All of it is as much as the system allows, but for the
/// filter of system calls: throws Error where that cannot be installed.
void confine_signer();

}  // namespace bascule::daemon
