#include "proxy/fetch/fetch.h"

#include "http/h1/head.h"
#include "http/h1/response_head.h"
#include "net/dial.h"
#include "net/task/deadline.h"
#include "proxy/reach.h"

namespace bascule::proxy {
namespace {

constexpr std::size_t kMostOctets = 64_KiB;
constexpr int kOk = 200;

/// HTTP/1.0, so that the answer's content is in one piece.
Bytes request_for(const http::AbsoluteTarget& target, const Question& question) {
    const auto& authority = target.authority;
    const auto host = authority.port == 80 ? authority.host : authority.text();
    auto head = fmt::format("{} {} HTTP/1.0\r\nHost: {}\r\nAccept: {}\r\n", question.content.empty() ? "GET" : "POST",
                            target.origin_form, host, question.accept);
    if (!question.content.empty()) {
        head +=
            fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", question.content_type, question.content.size());
    }
    head += "\r\n";
    Bytes request(head.begin(), head.end());
    request.insert(request.end(), question.content.begin(), question.content.end());
    return request;
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
Bytes content_of(const Bytes& answer) {
    const auto parsed = http::parse_response_head(answer);
    const auto* head = std::get_if<http::ResponseHead>(&parsed);
    if (!head || head->status != kOk || answer.size() > kMostOctets) return {};
    const auto content = ByteView(answer).subspan(head->size);
    if (head->length && content.size() != *head->length) return {};
    return {content.begin(), content.end()};
}

net::Task<Bytes> ask(net::Stream& stream, Bytes request) {
    stream.push(request);
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

net::Task<Bytes> fetch_from(const Connection& connection, http::AbsoluteTarget target, Question question) {
    auto addresses = co_await addresses_of(connection, target.authority);
    if (addresses.empty()) co_return Bytes();
    const auto& policy = *connection.settings->upstream;
    auto dialed = co_await net::dial(
        connection.loop, std::move(addresses),
        {.bind = policy.bind, .mark = policy.mark, .attempt_delay = net::DialOptions{}.attempt_delay});
    auto* connected = std::get_if<net::Dialed>(&dialed);
    if (!connected) co_return Bytes();
    const auto answer = co_await ask(*connected->stream, request_for(target, question));
    co_return content_of(answer);
}

}  // namespace

net::Task<Bytes> fetch(const Connection& connection, std::string url, Question question) {
    auto target = http::parse_absolute_target(url);
    if (!target) co_return Bytes();
    auto content = co_await net::with_deadline(connection.loop, connection.loop.now() + kFetchLimit,
                                               fetch_from(connection, *std::move(target), std::move(question)));
    co_return content ? *std::move(content) : Bytes();
}

}  // namespace bascule::proxy
