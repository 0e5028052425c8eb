#pragma once

namespace bascule::daemon {

/// The environment variable that names the user whom a signer that root has started becomes; see signer_user().
inline constexpr const char* kSignerUser = "BASCULE_SIGNER_USER";

/// Makes this process fit to hold keys, for good: no network (a network namespace of its own where that is allowed, and
/// in any case no sockets but Unix ones), no other program, no other process's memory, no file opened for writing; its
/// memory is locked, it is killed when its parent's thread ends, it is the user that kSignerUser names, and of the
/// capabilities only CAP_DAC_READ_SEARCH (or, where root has only that, CAP_DAC_OVERRIDE), so that keys can be read
/// again, and CAP_IPC_LOCK are left (where they were there). All of it is as much as the system allows, but for the
/// user and the filter of system calls: throws Error where the one cannot be become, or the other not be installed.
void confine_signer();

}  // namespace bascule::daemon
