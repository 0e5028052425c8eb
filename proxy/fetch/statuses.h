#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// Whether the responder is to be asked: upstream.ocsp is `ask` or `require`, and nothing was stapled.
bool lacks_status(const Connection& connection, const tls::Session& session);

/// Asks the responder that the origin's certificate names (RFC 6960 over HTTP, appendix A), unless it is known what it
/// says, or somebody is asking, and has the session judged by it. Bounded as fetch() is, in all; no answer is taken as
/// what upstream.ocsp makes of none. After the handshake; both must outlive it.
net::Task<void> settle_status(const Connection& connection, tls::Session& session);

/// For how long settle_status() may take: somebody else's question, and then one of its own.
inline constexpr Duration kStatusLimit = std::chrono::seconds(7);

}  // namespace bascule::proxy
