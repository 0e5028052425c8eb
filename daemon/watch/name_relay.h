#pragma once

#include "base/unique_fd.h"
#include "daemon/watch/inner_network.h"

namespace bascule::daemon {

/// A process that takes the DNS queries of a captured command on to the servers of the host's resolv.conf, and the
/// answers back, unread. It ends with this object, and with us.
class NameRelay {
  public:
    /// The sockets of names are its own. Throws Error.
    explicit NameRelay(const InnerSockets& sockets);
    ~NameRelay();
    NameRelay(const NameRelay&) = delete;

  private:
    int pid_ = -1;
};

}  // namespace bascule::daemon
