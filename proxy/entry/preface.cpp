#include "proxy/entry/preface.h"

#include "base/text.h"
#include "http/h1/head_end.h"
#include "net/task/deadline.h"
#include "proxy/entry/plain_request.h"
#include "proxy/entry/proxy_protocol.h"
#include "proxy/entry/socks.h"
#include "proxy/reach.h"

namespace bascule::proxy {
namespace {

// A SOCKS or PROXY preface is far below this; an HTTP head is bounded by its parser.
constexpr std::size_t kLargestPreface = http::kLargestHead + 1;

[[noreturn]] void bad_preface(std::string detail, int status = 400) {
    throw Ended(By::client, How::error, std::move(detail)).with_status(status);
}

/// Reads on until `parse` makes something of the bytes so far; puts back what follows it. `parse` returns nothing
/// while it needs more, else how many octets it used.
template <class Parse>
net::Task<void> read_preface(Connection& connection, Parse& parse) {
    auto& client = *connection.client;
    Bytes bytes;
    std::optional<std::size_t> used;
    while (!used) {
        const auto pulled = client.pull([&](ByteView piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
        if (pulled == net::Pull::ended) {
            throw Ended(By::client, How::client_gone, "the client left before it had asked for anything");
        }
        if (pulled == net::Pull::blocked) {
            co_await client.until_readable();
        } else {
            connection.record.silent = false;
            used = parse(ByteView(bytes));
            if (!used && bytes.size() > kLargestPreface) bad_preface("the client's request is too long");
        }
    }
    if (*used < bytes.size()) client.unread(ByteView(bytes).subspan(*used));
}

void require(Connection& connection, HostPort target) {
    connection.target = std::move(target);
    if (const auto ip = IpAddress::parse(connection.target.host)) {
        connection.target_address = SocketAddress{*ip, connection.target.port};
        connection.target.host = ip->text();
    } else if (const auto name = rules::normalize_name(connection.target.host)) {
        connection.target.host = *name;
    } else {
        bad_preface(fmt::format("\"{}\" is not a host name", escape(connection.target.host)));
    }
    connection.record.target = connection.target.text();
    connection.server_name = connection.target.host;
}

net::Task<void> read_proxy_header(Connection& connection) {
    auto parse = [&](ByteView bytes) -> std::optional<std::size_t> {
        const auto parsed = parse_proxy_header(bytes);
        if (const auto* bad = std::get_if<BadProxyHeader>(&parsed)) {
            bad_preface("expected a PROXY protocol header: " + bad->what);
        }
        const auto* header = std::get_if<ProxyHeader>(&parsed);
        if (!header) return std::nullopt;
        if (header->source) connection.source = *header->source;
        if (header->destination) connection.target_address = *header->destination;
        return header->size;
    };
    co_await read_preface(connection, parse);
    connection.record.source = connection.source.text();
}

net::Task<void> read_socks(Connection& connection) {
    bool more = true;
    auto accept = [&](const auto& parsed) -> std::optional<std::size_t> {
        if (const auto* bad = std::get_if<socks::Bad>(&parsed)) {
            connection.client->push(bad->answer);
            connection.awaits = Awaits::told;
            bad_preface("SOCKS: " + bad->what);
        }
        const auto* request = std::get_if<socks::Request>(&parsed);
        if (!request) return std::nullopt;
        more = false;
        connection.awaits = request->version == 4 ? Awaits::socks4_reply : Awaits::socks5_reply;
        require(connection, request->target);
        return request->size;
    };
    auto opening = [&](ByteView bytes) -> std::optional<std::size_t> {
        const auto parsed = socks::parse_opening(bytes);
        if (const auto* greeting = std::get_if<socks::Greeting>(&parsed)) {
            connection.client->push(greeting->answer);
            return greeting->size;
        }
        return accept(parsed);
    };
    co_await read_preface(connection, opening);
    if (!more) co_return;
    auto request = [&](ByteView bytes) { return accept(socks::parse_request(bytes)); };
    co_await read_preface(connection, request);
}

/// A CONNECT fills in the target; anything else in absolute-form is a plain request.
void accept_request(Connection& connection, http::RequestHead head) {
    connection.awaits = Awaits::http_reply;
    if (head.method == "CONNECT") {
        auto target = HostPort::parse(head.target);
        if (!target) {
            bad_preface(fmt::format("\"CONNECT {}\": the target is not host:port (RFC 9110 section 9.3.6)",
                                    escape(head.target.substr(0, 80))));
        }
        return require(connection, std::move(*target));
    }
    auto target = http::parse_absolute_target(head.target);
    if (!target) {
        bad_preface(
            fmt::format("\"{} {}\": listener \"{}\" is a proxy and takes CONNECT, http:// requests and SOCKS; for a "
                        "client that does not know of the proxy use mode: transparent",
                        escape(head.method), escape(head.target.substr(0, 80)), connection.listener->name));
    }
    connection.protocol = rules::Protocol::http;
    require(connection, target->authority);
    connection.request =
        std::make_unique<PlainRequest>(PlainRequest{.head = std::move(head), .target = std::move(*target)});
}

/// The first line, or what there is of it, as a peer's octets are quoted.
std::string quoted_line(ByteView bytes) {
    constexpr std::size_t longest = 80;
    const auto text = as_text(bytes);
    const auto line = text.substr(0, text.find("\r\n"));
    return fmt::format("\"{}{}\"", escape(line.substr(0, longest)), line.size() > longest ? "..." : "");
}

[[noreturn]] void bad_request(ByteView bytes, const http::BadHead& bad) {
    bad_preface(fmt::format("{}: {}", quoted_line(bytes), bad.what), bad.status);
}

[[noreturn]] void throw_unknown_protocol(const Connection& connection, ByteView bytes) {
    const auto first = as_text(bytes.first(std::min<std::size_t>(bytes.size(), 32)));
    bad_preface(
        fmt::format("first bytes \"{}\" are neither an HTTP request nor SOCKS, which listener \"{}\" takes; for any "
                    "other protocol open a tunnel through it by CONNECT",
                    escape(first), connection.listener->name));
}

net::Task<void> read_http(Connection& connection) {
    std::optional<http::RequestHead> head;
    connection.awaits = Awaits::http_reply;
    auto parse = [&](ByteView bytes) -> std::optional<std::size_t> {
        auto parsed = http::parse_request_head(bytes);
        const bool http = http::looks_like_http(bytes).value_or(true);
        if (!http) throw_unknown_protocol(connection, bytes);
        if (const auto* bad = std::get_if<http::BadHead>(&parsed)) bad_request(bytes, *bad);
        if (auto* good = std::get_if<http::RequestHead>(&parsed)) head = std::move(*good);
        return head ? std::optional(head->size) : std::nullopt;
    };
    co_await read_preface(connection, parse);
    accept_request(connection, std::move(*head));
}

net::Task<void> read_explicit(Connection& connection) {
    std::uint8_t first = 0;
    auto look = [&](ByteView bytes) -> std::optional<std::size_t> {
        first = bytes.front();
        return 0;
    };
    co_await read_preface(connection, look);
    if (first == 0x16) {
        connection.awaits = Awaits::server_hello;
        bad_preface(
            fmt::format("a TLS ClientHello, but listener \"{}\" is a proxy: it takes CONNECT, http:// requests "
                        "and SOCKS; for TLS without a request before it use mode: transparent or sni",
                        connection.listener->name));
    }
    if (first == 4 || first == 5) {
        co_await read_socks(connection);
    } else {
        co_await read_http(connection);
    }
}

/// Transparent mode: the PROXY header's destination, else netfilter's, else the socket's own.
void take_original_destination(Connection& connection) {
    auto destination = connection.target_address;
    if (!destination) destination = net::original_destination(connection.client->fd());
    if (!destination) throw Ended(By::client, How::client_gone, "the client left before its destination was read");
    require(connection, HostPort{destination->ip.text(), destination->port});
    if (is_this_proxy(connection, *destination)) {
        throw Ended(By::proxy, How::loop,
                    fmt::format("the client connected to listener \"{}\" itself, {}; redirect its traffic here by "
                                "nftables (REDIRECT or TPROXY)",
                                connection.listener->name, destination->text()));
    }
}

net::Task<void> learn(Connection& connection) {
    const auto& listener = *connection.listener;
    if (listener.proxy_protocol) co_await read_proxy_header(connection);
    // In the other modes the announced destination is only our own address, seen from the balancer in front of us.
    if (listener.mode != config::Mode::transparent) connection.target_address.reset();
    switch (listener.mode) {
        case config::Mode::explicit_proxy:
            co_await read_explicit(connection);
            break;
        case config::Mode::transparent:
            take_original_destination(connection);
            break;
        case config::Mode::forward:
            require(connection, *listener.target);
            break;
        case config::Mode::sni:
            connection.target.port = listener.port;  // the name is learned from the hello
            break;
    }
}

}  // namespace

net::Task<void> learn_destination(Connection& connection) {
    co_await connection.during(inspect::Step::preface, {connection.timeouts().peek, "timeouts.peek"}, nullptr,
                               learn(connection));
    connection.fin_means_gone = connection.awaits != Awaits::nothing && !connection.request;
}

namespace {

void forget_request(Connection& connection) {
    connection.target_address.reset();
    connection.addresses.clear();
    connection.connected.reset();
    connection.record.destination.clear();
    connection.protocol.reset();
    connection.verdict = {};
    connection.judged = false;
    connection.settings = &connection.policy->config().settings.back();  // until there is a verdict
}

/// A client that leaves in order before it has asked for more may still be reading the answers to what it asked before.
net::Task<void> read_further(Connection& connection) try { co_await read_http(connection); } catch (const Ended&) {
    if (connection.client->ending() == net::Ending::fin) connection.awaits = Awaits::told;
    throw;
}

}  // namespace

net::Task<void> next_request(Connection& connection) {
    const auto limit = connection.timeouts().request_head;
    forget_request(connection);
    connection.begin(inspect::Step::preface);
    const auto whole =
        co_await net::with_deadline(connection.loop, connection.loop.now() + limit, read_further(connection));
    if (!whole) {
        throw Ended(By::proxy, How::timeout,
                    fmt::format("the head of a request was not whole within {} (timeouts.request_head)",
                                format_duration(limit)))
            .with_status(408);
    }
    connection.fin_means_gone = !connection.request;
}

void confirm(Connection& connection) {
    switch (connection.awaits) {
        case Awaits::http_reply:
            connection.client->push(as_bytes("HTTP/1.1 200 Connection established\r\n\r\n"));
            break;
        case Awaits::socks4_reply:
            connection.client->push(socks::answer(4, socks::Reply::granted));
            break;
        case Awaits::socks5_reply:
            connection.client->push(socks::answer(5, socks::Reply::granted));
            break;
        default:
            break;
    }
    connection.awaits = Awaits::nothing;
    connection.fin_means_gone = false;
}

}  // namespace bascule::proxy
