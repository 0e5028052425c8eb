#include "proxy/http/first_request.h"

#include "http/h1/head.h"

namespace bascule::proxy {
namespace {

void set_unreadable(Connection& connection, http::BadHead bad) {
    connection.unreadable = std::make_unique<http::BadHead>(std::move(bad));
}

[[noreturn]] void throw_leads_nowhere(const Connection& connection, std::string_view why) {
    throw Ended(By::client, How::error,
                fmt::format("{}, and listener \"{}\" (mode: sni) knows the destination by nothing else", why,
                            connection.listener->name));
}

void adopt_name(Connection& connection, const std::string& host) {
    if (auto name = rules::normalize_name(host)) {
        connection.server_name = std::move(*name);
    } else {
        set_unreadable(connection, {.status = 400, .what = "Host is not a host name (RFC 9110 section 7.2)"});
    }
}

/// Mode sni: Host is where the client wants to go.
void take_target(Connection& connection) {
    if (connection.unreadable) throw_leads_nowhere(connection, connection.unreadable->what);
    if (connection.server_name.empty()) throw_leads_nowhere(connection, "the request names no host");
    connection.target.host = connection.server_name;
    if (const auto ip = IpAddress::parse(connection.target.host)) {
        connection.target_address = SocketAddress{*ip, connection.target.port};
    }
    connection.record.target = connection.target.text();
}

void begin_http(Connection& connection) {
    connection.protocol = rules::Protocol::http;
    if (connection.listener->mode == config::Mode::sni) take_target(connection);
}

}  // namespace

bool take_first_request(Connection& connection, ByteView bytes) {
    connection.awaits = Awaits::http_reply;
    auto parsed = http::parse_request_head(bytes);
    if (std::holds_alternative<http::NeedMore>(parsed)) return false;
    if (auto* bad = std::get_if<http::BadHead>(&parsed)) {
        set_unreadable(connection, std::move(*bad));
    } else {
        auto host = http::host_of(std::get<http::RequestHead>(parsed));
        if (const auto* name = std::get_if<std::string>(&host)) adopt_name(connection, *name);
        if (auto* bad_host = std::get_if<http::BadHead>(&host)) set_unreadable(connection, std::move(*bad_host));
    }
    begin_http(connection);
    return true;
}

void take_unfinished_request(Connection& connection) {
    connection.awaits = Awaits::http_reply;
    set_unreadable(connection, {.status = 400, .what = "the request's head is not whole (RFC 9112 section 2.1)"});
    begin_http(connection);
}

void refuse_unreadable_request(const Connection& connection) {
    if (!connection.unreadable) return;
    throw Ended(By::client, How::error,
                fmt::format("{}; whose server it is for cannot be told, and a rule asks for the name. For clients that "
                            "speak so write a rule by address or port before it",
                            connection.unreadable->what))
        .with_status(connection.unreadable->status);
}

net::Task<bool> begins_with_request(net::Stream& client) {
    Bytes octets;
    std::optional<bool> request;
    while (!request) {
        const auto pulled =
            client.pull([&](ByteView piece) { octets.insert(octets.end(), piece.begin(), piece.end()); });
        request = http::looks_like_http(octets);
        if (!request && pulled == net::Pull::ended) request = false;
        if (!request && pulled == net::Pull::blocked) co_await client.until_readable();
    }
    client.unread(octets);
    co_return *request;
}

}  // namespace bascule::proxy
