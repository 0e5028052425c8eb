#include "proxy/http/error_page.h"

#include "http/h1/head.h"
#include "net/pipe.h"
#include "proxy/client_leg.h"
#include "proxy/farewell.h"
#include "proxy/http/error_text.h"
#include "proxy/http/first_request.h"
#include "proxy/http/own_page.h"
#include "proxy/http/watched_relay.h"

#include <algorithm>

namespace bascule::proxy {
namespace {

constexpr std::size_t kPipe = 64_KiB;

bool offers(const Connection& connection, std::string_view protocol) {
    return std::ranges::find(connection.hello->alpn, protocol) != connection.hello->alpn.end();
}

/// What the page is spoken in; empty: it is to be seen.
std::string protocol_for(const Connection& connection) {
    return offers(connection, "h2") ? "h2" : offers(connection, "http/1.1") ? "http/1.1" : "";
}

/// Nothing of the origin is left: the leg to the client is answered as if there had been none.
void leave_origin(Connection& connection) {
    if (connection.upstream_tls && connection.upstream_tls->session().certificate_requested()) {
        connection.record.certificate_requested = true;
    }
    connection.upstream_tls.reset();
    if (connection.upstream) connection.upstream->shutdown_write();  // an alert may be on its way
    const bool modern = connection.hello->offers(TLS1_3_VERSION);
    connection.answer = {.version = modern ? TLS1_3_VERSION : TLS1_2_VERSION,
                         .log_keys = connection.settings->keys.has_value()};
    connection.record.alpn = protocol_for(connection);
}

net::Task<bool> speaks_http(Connection& connection) {
    if (!connection.record.alpn.empty()) co_return true;
    const auto patience = connection.policy->config().timeouts.first_bytes;
    const auto known = co_await net::with_deadline(connection.loop, connection.loop.now() + patience,
                                                   begins_with_request(*connection.client_tls));
    co_return known.value_or(false);
}

/// The origin's part: one answer, then the end.
net::Task<void> serve(net::Stream& client, std::unique_ptr<http::PageServer> server) {
    bool ended = false;
    while (!ended && !server->done()) {
        const auto pulled = client.pull([&](ByteView octets) { server->take(octets); });
        ended = pulled == net::Pull::ended;
        client.push(as_bytes(server->output()));
        co_await net::drained(client);
        if (pulled == net::Pull::blocked && !server->done()) co_await client.until_readable();
    }
    client.shutdown_write();
    co_await net::drained(client);
    while (!ended) {  // what is left of the request
        const auto pulled = client.pull([](ByteView) {});
        ended = pulled == net::Pull::ended;
        if (pulled == net::Pull::blocked) co_await client.until_readable();
    }
}

net::Task<void> show(Connection& connection, http::Page page) {
    const auto [near, far] = net::make_pipe(connection.loop, kPipe);
    auto server = connection.record.alpn == "h2" ? http::h2::make_page_server(std::move(page))
                                                 : http::h1::make_page_server(std::move(page));
    connection.answers_itself = true;
    co_await net::all_of(relay_watched(connection, *connection.client_tls, *near), serve(*far, std::move(server)));
}

net::Task<void> refuse(Connection& connection, const Ended& ended) {
    constexpr Duration patience = std::chrono::seconds(1);
    connection.client_tls->fail(alert_for(ended));
    co_await net::with_deadline(connection.loop, connection.loop.now() + patience, net::drained(*connection.client));
}

http::Page page_for(const Connection& connection, const Ended& ended) {
    return is_for_own_page(connection.target) ? trusted_page()
                                              : error_page(ended.how, connection.server_name, connection.record.id);
}

net::Task<void> tell(Connection& connection, const Ended& ended) {
    leave_origin(connection);
    co_await shake_hands_with_client(connection);
    const bool http = co_await speaks_http(connection);
    if (http) {
        co_await show(connection, page_for(connection, ended));
    } else {
        co_await refuse(connection, ended);
    }
}

}  // namespace

bool is_told_by_page(const Connection& connection, const Ended& ended) {
    if (connection.awaits != Awaits::server_hello || !connection.hello || connection.reversed) return false;
    if (is_for_own_page(connection.target)) return true;
    const auto& settings = *connection.settings;
    const bool wanted = settings.error_page == config::ErrorPage::on && settings.inspect == config::Inspect::http;
    if (!connection.judged || connection.end.step == inspect::Step::client_handshake) return false;
    const bool ours = connection.verdict.action != rules::Action::passthrough && !connection.listener->client_ca;
    const bool http = connection.hello->alpn.empty() || !protocol_for(connection).empty();
    return wanted && ours && http && !connection.began_in_the_clear && has_page(ended.how);
}

net::Task<void> tell_by_page(Connection& connection, const Ended& ended) {
    const auto end = connection.end;
    std::string trouble;
    try {
        co_await tell(connection, ended);
    } catch (const std::exception& fault) {
        trouble = fault.what();
    }
    if (!trouble.empty()) connection.add_reason("the page was not shown: " + trouble);
    connection.end = end;
}

}  // namespace bascule::proxy
