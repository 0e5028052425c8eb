#include "proxy/inspected_relay.h"

#include "proxy/http/act/acting.h"
#include "proxy/http/watch.h"
#include "proxy/http/watched_relay.h"
#include "proxy/relaying.h"
#include "proxy/tap/content_tap.h"

namespace bascule::proxy {

net::Task<void> relay_inspected(Connection& connection, net::Stream& client, net::Stream& upstream) {
    tap_content(connection);
    connection.acted_on = co_await is_to_be_acted_on(connection, client, upstream);
    if (connection.acted_on) {
        co_await relay_acted(connection, client, upstream);
    } else if (is_inspected(connection)) {
        co_await relay_watched(connection, client, upstream);
    } else {
        co_await relay_streams(connection, client, upstream, connection.content.get());
    }
}

net::Task<void> relay_exchange(Connection& connection, net::Stream& client, net::Stream& upstream) {
    tap_content(connection);
    connection.acted_on = is_acted_on(connection);
    if (connection.acted_on) {
        co_await relay_exchange_acted(connection, client, upstream);
    } else {
        co_await relay_exchange_watched(connection, client, upstream);
    }
}

}  // namespace bascule::proxy
