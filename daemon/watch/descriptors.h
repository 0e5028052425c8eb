#pragma once

#include "base/unique_fd.h"

#include <vector>

namespace bascule::daemon {

/// Two ends of a connection between a process and its child, closed on exec.
struct DescriptorPair {
    DescriptorPair();
    UniqueFd parent, child;
};

/// Descriptors in one message (SCM_RIGHTS, unix(7)). Throws Error.
void send_descriptors(int socket, const std::vector<UniqueFd>& descriptors);
/// What came, close-on-exec; nothing where the other side ended without a word.
std::vector<UniqueFd> receive_descriptors(int socket);

}  // namespace bascule::daemon
