#pragma once

#include "net/tcp_stream.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace bascule::net {

struct DialOptions {
    std::optional<IpAddress> bind;      ///< source address; addresses of the other family are skipped
    std::optional<std::uint32_t> mark;  ///< SO_MARK
    Duration attempt_delay = std::chrono::milliseconds(250);  ///< RFC 8305 section 5
};

struct Dialed {
    std::unique_ptr<TcpStream> stream;
    SocketAddress address;
};
struct DialFailure {
    enum class Kind : std::uint8_t { refused, unreachable, no_resources } kind = Kind::refused;
    int code = 0;        ///< errno of the attempt that says most (refused before unreachable)
    std::string detail;  ///< "192.0.2.7:443: connection refused; nothing listens there (tried 2 of 2 addresses)"
};

/// Connects to the first address that answers, RFC 8305: attempts start `attempt_delay` apart or when the one before
/// has failed; the first to succeed wins and the others are closed. Cancelling closes all. The deadline is the
/// caller's.
Task<std::variant<Dialed, DialFailure>> dial(EventLoop& loop, std::vector<SocketAddress> addresses,
                                             DialOptions options);

}  // namespace bascule::net
