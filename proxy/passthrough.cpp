#include "proxy/passthrough.h"

#include "proxy/relaying.h"
#include "proxy/tap/content_tap.h"

namespace bascule::proxy {

void refuse_unasked(const Connection& connection) {
    if (!connection.listener->client_ca) return;
    throw Ended(By::proxy, How::denied,
                fmt::format("listener {} asks clients for a certificate (client_ca), which {} cannot show; use another "
                            "listener for it",
                            connection.listener->name,
                            connection.protocol == rules::Protocol::tls ? "a connection that is let through"
                                                                        : "one without TLS"));
}

net::Task<void> passthrough(Connection& connection) {
    refuse_unasked(connection);
    connection.awaits = Awaits::nothing;
    connection.hello.reset();
    tap_content(connection);
    co_await relay_streams(connection, *connection.client, *connection.upstream, connection.content.get());
}

}  // namespace bascule::proxy
