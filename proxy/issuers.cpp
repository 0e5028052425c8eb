#include "proxy/issuers.h"

#include "http/head.h"
#include "http/response_head.h"
#include "net/dial.h"
#include "proxy/reach.h"

namespace bascule::proxy {
namespace {

constexpr std::size_t kMostOctets = 64_KiB;
constexpr Duration kLimit = std::chrono::seconds(3);
constexpr int kOk = 200;

std::string request_for(const http::AbsoluteTarget& target) {
    const auto& authority = target.authority;
    const auto host = authority.port == 80 ? authority.host : authority.text();
    return fmt::format("GET {} HTTP/1.0\r\nHost: {}\r\nAccept: application/pkix-cert, application/pkcs7-mime\r\n\r\n",
                       target.origin_form, host);
}

net::Task<std::vector<SocketAddress>> addresses_of(const Connection& connection, const HostPort& authority) {
    const auto resolved = co_await connection.services.resolver.resolve(authority.host);
    std::vector<SocketAddress> allowed;
    for (const auto& ip : resolved.addresses) {
        const SocketAddress address{ip, authority.port};
        if (!is_this_proxy(connection, address) && !is_denied(connection, address)) allowed.push_back(address);
    }
    co_return allowed;
}

/// Whether all of the answer is there, or it is not worth waiting for the rest.
bool is_whole(const Bytes& answer, bool ended) {
    if (ended || answer.size() > kMostOctets) return true;
    const auto parsed = http::parse_response_head(answer);
    if (std::holds_alternative<http::NeedMore>(parsed)) return false;
    const auto* head = std::get_if<http::ResponseHead>(&parsed);
    return !head || head->status != kOk || (head->length && answer.size() - head->size >= *head->length);
}

/// The content of a whole answer; empty where there is none to be had.
ByteView content_of(const Bytes& answer) {
    const auto parsed = http::parse_response_head(answer);
    const auto* head = std::get_if<http::ResponseHead>(&parsed);
    if (!head || head->status != kOk || answer.size() > kMostOctets) return {};
    const auto content = ByteView(answer).subspan(head->size);
    return head->length && content.size() != *head->length ? ByteView() : content;
}

net::Task<Bytes> ask(net::Stream& stream, std::string request) {
    stream.push(as_bytes(request));
    stream.flush();
    Bytes answer;
    bool ended = false;
    while (!is_whole(answer, ended)) {
        const auto pulled =
            stream.pull([&](ByteView octets) { answer.insert(answer.end(), octets.begin(), octets.end()); });
        ended = pulled == net::Pull::ended;
        if (pulled == net::Pull::blocked) co_await stream.until_readable();
    }
    co_return answer;
}

net::Task<tls::Issuers> get(const Connection& connection, http::AbsoluteTarget target) {
    auto addresses = co_await addresses_of(connection, target.authority);
    if (addresses.empty()) co_return tls::parse_issuers({});
    const auto& policy = *connection.settings->upstream;
    auto dialed = co_await net::dial(
        connection.loop, std::move(addresses),
        {.bind = policy.bind, .mark = policy.mark, .attempt_delay = net::DialOptions{}.attempt_delay});
    auto* connected = std::get_if<net::Dialed>(&dialed);
    if (!connected) co_return tls::parse_issuers({});
    const auto answer = co_await ask(*connected->stream, request_for(target));
    co_return tls::parse_issuers(content_of(answer));
}

net::Task<tls::Issuers> fetch(const Connection& connection, std::string url) {
    auto& cache = connection.services.shared.issuers;
    if (auto known = cache.find(url)) co_return known;
    auto issuers = tls::parse_issuers({});
    if (auto target = http::parse_absolute_target(url)) {
        auto winner = co_await net::any_of(get(connection, *std::move(target)),
                                           connection.loop.sleep_until(connection.loop.now() + kLimit));
        if (winner.index() == 0) issuers = std::get<0>(std::move(winner));
    }
    cache.put(url, issuers);
    co_return issuers;
}

}  // namespace

net::Task<void> add_missing_issuers(const Connection& connection, tls::Session& session) {
    std::vector<tls::CertificateHandle> found;
    if (session.may_have_more_issuers()) {
        for (auto& url : tls::issuer_urls(session.lacks_issuer())) {
            const auto issuers = co_await fetch(connection, std::move(url));
            for (const auto& one : *issuers) found.push_back(tls::share(one.get()));
            if (!found.empty()) break;
        }
    }
    session.add_issuers(std::move(found));
}

net::Task<tls::HandshakeResult> handshake_with_issuers(const Connection& connection, tls::TlsStream& stream) {
    auto result = co_await stream.handshake();
    while (result.kind == tls::HandshakeResult::Kind::paused) {
        co_await add_missing_issuers(connection, stream.session());
        result = co_await stream.handshake();
    }
    co_return result;
}

}  // namespace bascule::proxy
