#include "proxy/intercept.h"

#include "proxy/client_leg.h"
#include "proxy/http/watch.h"
#include "proxy/tap/content_tap.h"
#include "proxy/upstream_leg.h"

namespace bascule::proxy {

net::Task<void> intercept(Connection& connection, std::unique_ptr<ContentTap> tap) {
    co_await shake_hands_upstream(connection);
    co_await shake_hands_with_client(connection);
    connection.hello.reset();
    if (!tap) tap = make_content_tap(connection);
    co_await relay_inspected(connection, *connection.client_tls, *connection.upstream_tls, tap.get());
}

}  // namespace bascule::proxy
