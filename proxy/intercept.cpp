#include "proxy/intercept.h"

#include "proxy/client_leg.h"
#include "proxy/downgrade.h"
#include "proxy/inspected_relay.h"
#include "proxy/upstream_leg.h"

namespace bascule::proxy {

net::Task<void> intercept(Connection& connection) {
    refuse_downgrade(connection);
    co_await shake_hands_upstream(connection);
    co_await shake_hands_with_client(connection);
    note_downgrades(connection);
    connection.hello.reset();
    co_await relay_inspected(connection, *connection.client_tls, *connection.upstream_tls);
}

}  // namespace bascule::proxy
