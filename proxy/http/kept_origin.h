#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Of plain HTTP through an explicit listener: the connection upstream, which is used again for what goes to the same
/// origin under the same rule.
class KeptOrigin {
  public:
    explicit KeptOrigin(Connection& connection) : connection_(connection) {}

    /// Judges the request and sees to a connection to its origin. True: it has been used before, and nothing has come
    /// since the last answer: not its end, and no octet that nobody asked for (RFC 9112 section 9.2). Throws Ended.
    net::Task<bool> reach();
    /// It has swallowed a request: what was found out about the way is to be found out anew.
    void forget();
    /// Between requests: it is left where it ends, or says what nobody asked for. Does not finish.
    net::Task<void> mind();

  private:
    bool leads_there() const;
    void take_again();
    net::Task<void> reach_anew();

    Connection& connection_;
    HostPort target_;
    SocketAddress address_;
    std::optional<std::size_t> rule_;
};

}  // namespace bascule::proxy
