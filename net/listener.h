#pragma once

#include "base/address.h"
#include "base/unique_fd.h"
#include "net/watch.h"

#include <optional>
#include <variant>

namespace bascule::net {

struct ListenOptions {
    bool reuse_port = true;    ///< SO_REUSEPORT: every worker has a listener of its own on the same port
    bool transparent = false;  ///< IP_TRANSPARENT: accept what TPROXY redirects (needs CAP_NET_ADMIN)
    int backlog = 4096;
};

/// Binds and listens. `[::]` takes IPv4 too. Throws std::system_error (its errno tells the caller which advice fits).
UniqueFd listen_on(const SocketAddress& address, const ListenOptions& options);

/// Whether a listening socket takes what TPROXY hands over (IP_TRANSPARENT).
bool is_transparent(int fd);

struct Accepted {
    UniqueFd socket;
    SocketAddress peer;
};
/// Descriptors or memory have run out (EMFILE, ENFILE, ENOBUFS, ENOMEM): accepting must pause, the rest goes on.
struct AcceptExhausted {
    int code = 0;
};

/// A listening socket on one worker's loop.
class Listener {
  public:
    Listener(EventLoop& loop, UniqueFd socket);
    /// The next connection, non-blocking and close-on-exec. Faults of a single connection (ECONNABORTED and those of
    /// accept(2)) are passed over.
    Task<std::variant<Accepted, AcceptExhausted>> accept();
    SocketAddress address() const;
    int fd() const { return socket_.get(); }

  private:
    EventLoop& loop_;
    UniqueFd socket_;
    Watch watch_;
};

/// The address that the client meant: what netfilter's REDIRECT replaced (SO_ORIGINAL_DST, both families, IPv4 also
/// on a dual-stack socket), else the socket's own local address, which under TPROXY is the meant one. For a client that
/// connected to the listener itself both are that address of the listener: the caller, who knows the listener, must
/// compare, and refuse it as a loop. Nothing where the socket is no longer connected enough to have an address.
std::optional<SocketAddress> original_destination(int fd);

}  // namespace bascule::net
