#pragma once

#include "daemon/watch/home.h"

namespace bascule::daemon {

/// In a mount namespace of our own: where the system keeps its roots, our CA is among them, for OpenSSL's look-up by
/// hash and for Java too. Throws Error.
void mount_trust_store(const Home& home);

}  // namespace bascule::daemon
