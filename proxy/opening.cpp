#include "proxy/opening.h"

#include "base/text.h"
#include "http/h1/head.h"
#include "http/h1/head_end.h"
#include "proxy/http/first_request.h"
#include "tls/alert.h"

#include <fmt/ranges.h>

namespace bascule::proxy {
namespace {

using rules::Protocol;

/// Mode sni: the hello's name is where the client wants to go.
void take_target_from_hello(Connection& connection) {
    if (connection.server_name.empty()) {
        throw Ended(
            By::client, How::error,
            fmt::format("the ClientHello names no server, and listener \"{}\" (mode: sni) knows the destination "
                        "by nothing else",
                        connection.listener->name))
            .with_alert(static_cast<std::uint8_t>(tls::Alert::missing_extension));
    }
    connection.target.host = connection.server_name;
    connection.record.target = connection.target.text();
}

void adopt_hello(Connection& connection, tls::ClientHello hello) {
    connection.protocol = Protocol::tls;
    connection.awaits = Awaits::server_hello;
    connection.fin_means_gone = true;
    connection.record.ja4 = connection.services.shared.log.wants_records() ? hello.ja4() : std::string();
    if (!hello.server_name.empty()) {
        const auto name = rules::normalize_name(hello.server_name);
        if (!name) {
            throw Ended(
                By::client, How::error,
                fmt::format("the ClientHello's server name \"{}\" is not a host name", escape(hello.server_name)))
                .with_alert(static_cast<std::uint8_t>(tls::Alert::unrecognized_name));
        }
        connection.server_name = *name;
    }
    if (connection.listener->mode == config::Mode::sni) take_target_from_hello(connection);
    connection.hello = std::make_unique<tls::ClientHello>(std::move(hello));
}

/// True once the bytes so far tell what they are.
bool recognize(Connection& connection, tls::HelloReader& reader, ByteView bytes) {
    auto result = reader.read(bytes);
    switch (result.state) {
        case tls::HelloState::complete:
            adopt_hello(connection, std::move(result.hello));
            return true;
        case tls::HelloState::malformed:
            connection.awaits = Awaits::server_hello;
            throw Ended(By::client, How::error, "not a valid ClientHello: " + result.fault)
                .with_alert(static_cast<std::uint8_t>(result.alert));
        case tls::HelloState::need_more:
            if (bytes.size() < tls::kLargestHello) return false;
            connection.awaits = Awaits::server_hello;
            throw Ended(By::client, How::error, "a ClientHello of more than 64 KiB")
                .with_alert(static_cast<std::uint8_t>(tls::Alert::illegal_parameter));
        case tls::HelloState::not_tls:
            break;
    }
    const auto http = http::looks_like_http(bytes);
    if (http == true) return take_first_request(connection, bytes);
    if (http == false) connection.protocol = Protocol::other;
    return http.has_value();
}

net::Task<void> readable(net::TcpStream& client) {
    co_await client.until_readable();
}

/// Waits for the next octets. A hello or a request that has begun may take all of timeouts.peek; what could still
/// become HTTP is another protocol whose client now waits for an answer, if nothing follows within
/// timeouts.first_bytes.
net::Task<bool> more_comes(Connection& connection, bool begun) {
    const Duration patience =
        begun ? connection.policy->config().timeouts.peek : connection.policy->config().timeouts.first_bytes;
    const auto came =
        co_await net::with_deadline(connection.loop, connection.loop.now() + patience, readable(*connection.client));
    co_return came.has_value();
}

/// Nothing follows what the client has said.
void take_what_came(Connection& connection, ByteView bytes) {
    if (http::looks_like_http(bytes) == true) {
        take_unfinished_request(connection);
    } else {
        connection.protocol = Protocol::other;
    }
}

/// Reads until recognize() knows; everything read is put back.
net::Task<void> read_opening(Connection& connection) {
    Bytes bytes;
    tls::HelloReader reader;
    while (!connection.protocol) {
        const auto pulled =
            connection.client->pull([&](ByteView piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
        if (pulled == net::Pull::ended) {
            if (!bytes.empty()) connection.record.silent = false;
            const bool said_something = !bytes.empty() && connection.client->ending() == net::Ending::fin;
            if (!said_something || tls::may_begin_tls(bytes.front())) {
                throw Ended(By::client, How::client_gone,
                            bytes.empty() ? "the client left without a word"
                                          : "the client left in the middle of its ClientHello");
            }
            take_what_came(connection, bytes);
        } else if (pulled == net::Pull::blocked) {
            const bool begun = bytes.empty() || tls::may_begin_tls(bytes.front()) || http::begins_like_http(bytes) ||
                               http::looks_like_http(bytes) == true;
            const bool more = co_await more_comes(connection, begun);
            if (!more && !begun) connection.protocol = Protocol::other;
        } else if (!recognize(connection, reader, bytes) && bytes.size() > http::kLargestHead) {
            connection.protocol = Protocol::other;
        }
    }
    connection.record.silent = false;
    connection.client->unread(bytes);
}

void refuse_what_is_not_tls(Connection& connection) {
    if (connection.listener->mode != config::Mode::sni || connection.protocol != Protocol::other) return;
    std::string first;
    connection.client->pull(
        [&](ByteView piece) { first = as_text(piece.first(std::min<std::size_t>(piece.size(), 8))); });
    throw Ended(
        By::client, How::error,
        fmt::format("first bytes {} \"{}\" are not TLS; listener \"{}\" takes TLS only; for HTTP use mode: explicit",
                    fmt::format("{:02x}", fmt::join(as_bytes(first), " ")), escape(first), connection.listener->name));
}

}  // namespace

net::Task<void> first_bytes(net::Stream& peer) {
    while (true) {
        bool spoke = false;
        const auto pulled = peer.pull([&](ByteView piece) {
            spoke = true;
            peer.unread(piece);
        });
        if (spoke || pulled == net::Pull::ended) co_return;
        co_await peer.until_readable();
    }
}

net::Task<bool> peek(Connection& connection) {
    connection.begin(inspect::Step::peek);
    const auto& policy = connection.policy->config().timeouts;
    const auto spoke = co_await net::with_deadline(connection.loop, connection.loop.now() + policy.first_bytes,
                                                   first_bytes(*connection.client));
    if (!spoke && connection.listener->mode != config::Mode::sni) co_return false;
    co_await connection.during(inspect::Step::peek, {policy.peek, "timeouts.peek"}, &connection.record.timings.peek,
                               read_opening(connection));
    refuse_what_is_not_tls(connection);
    co_return true;
}

net::Task<void> read_hello(Connection& connection) {
    connection.protocol.reset();
    co_await connection.during(inspect::Step::peek, {connection.policy->config().timeouts.peek, "timeouts.peek"},
                               &connection.record.timings.peek, read_opening(connection));
    if (connection.protocol == Protocol::tls) co_return;
    connection.awaits = Awaits::nothing;
    throw Ended(By::client, How::error,
                "the client goes on in the clear where TLS was to begin (injected commands?); nothing of it was passed "
                "on");
}

net::Task<void> wait_for_first_word(Connection& connection) {
    connection.begin(inspect::Step::peek);
    auto either = [](Connection& c) -> net::Task<bool> {
        const auto first = co_await net::any_of(first_bytes(*c.client), first_bytes(*c.upstream));
        co_return first.index() == 0;
    };
    const bool client_spoke = co_await connection.during(
        inspect::Step::peek, {connection.timeouts().idle, "timeouts.idle"}, nullptr, either(connection));
    if (client_spoke && connection.client->ending() == net::Ending::none) {
        co_await connection.during(inspect::Step::peek, {connection.policy->config().timeouts.peek, "timeouts.peek"},
                                   &connection.record.timings.peek, read_opening(connection));
    } else {
        connection.protocol = Protocol::other;
    }
}

}  // namespace bascule::proxy
