#include "proxy/reach.h"

#include "base/text.h"
#include "net/dial.h"
#include "net/local_address.h"

#include <algorithm>

namespace bascule::proxy {
namespace {

net::Task<void> resolve(Connection& connection) {
    if (!connection.addresses.empty()) co_return;
    if (connection.target_address) {
        connection.addresses = {*connection.target_address};
        co_return;
    }
    const auto resolved = co_await connection.during(
        inspect::Step::resolve, {connection.policy->config().resolver.timeout, "resolver.timeout"},
        &connection.record.timings.resolve, connection.services.resolver.resolve(connection.target.host));
    if (resolved.fault == net::NameFault::timed_out) {
        throw Ended(By::proxy, How::timeout,
                    fmt::format("{}: {} (resolver.timeout)", connection.target.text(), resolved.detail));
    }
    if (resolved.addresses.empty()) {
        throw Ended(By::proxy, How::unresolved, fmt::format("{}: {}", connection.target.text(), resolved.detail));
    }
    for (const auto& ip : resolved.addresses) connection.addresses.push_back({ip, connection.target.port});
}

[[noreturn]] void throw_blocked(const Connection& connection) {
    // The client is told this: where the rule stands is for the record only.
    throw Ended(By::proxy, How::blocked, fmt::format("blocked by rule {}", connection.verdict.name));
}

/// Judges each address; keeps those that the first admitted one's rule admits. Nothing: the hello is needed.
std::optional<rules::Verdict> judge_addresses(Connection& connection) {
    std::optional<rules::Verdict> chosen, blocked;
    std::vector<SocketAddress> kept;
    for (const auto& address : connection.addresses) {
        auto facts = connection.facts();
        facts.destination = address;
        auto judged = connection.policy->config().rules->judge(facts);
        if (!std::holds_alternative<rules::Verdict>(judged)) return std::nullopt;
        auto& verdict = std::get<rules::Verdict>(judged);
        if (verdict.action == rules::Action::block) {
            if (!blocked) blocked = std::move(verdict);
            continue;
        }
        if (!chosen) chosen = verdict;
        if (chosen->index == verdict.index) kept.push_back(address);
    }
    if (chosen) connection.addresses = std::move(kept);
    return chosen ? chosen : blocked;
}

/// Drops what must not be connected. Throws where nothing is left.
void filter_addresses(Connection& connection) {
    const SocketAddress first = connection.addresses.front();
    bool loop = false;
    std::erase_if(connection.addresses, [&](const SocketAddress& address) {
        const bool own = is_this_proxy(connection, address);
        loop = loop || own;
        return own || is_denied(connection, address);
    });
    if (!connection.addresses.empty()) return;
    if (loop) {
        throw Ended(By::proxy, How::loop, fmt::format("{} is this proxy itself", first.text()));
    }
    throw Ended(By::proxy, How::denied,
                fmt::format("{} is among the denied destinations (destinations.deny, and loopback for a listener that "
                            "is not on loopback)",
                            first.text()));
}

/// To the first of the connection's addresses that answers. Throws where none does.
net::Task<void> connect(Connection& connection) {
    const auto& policy = *connection.settings->upstream;
    auto dialed = co_await connection.during(
        inspect::Step::connect, {connection.timeouts().connect, "timeouts.connect"}, &connection.record.timings.connect,
        net::dial(connection.loop, connection.addresses,
                  {.bind = policy.bind, .mark = policy.mark, .attempt_delay = net::DialOptions{}.attempt_delay}));
    if (const auto* failure = std::get_if<net::DialFailure>(&dialed)) {
        const bool refused = failure->kind == net::DialFailure::Kind::refused;
        const bool ours = failure->kind == net::DialFailure::Kind::no_resources;
        throw Ended(ours ? By::proxy : By::upstream,
                    refused ? How::refused
                    : ours  ? How::limit
                            : How::unreachable,
                    connection.target_address ? failure->detail
                                              : fmt::format("{} ({})", connection.target.host, failure->detail));
    }
    auto& connected = std::get<net::Dialed>(dialed);
    connection.upstream = std::move(connected.stream);
    connection.connected = connected.address;
    connection.record.destination = connected.address.text();
    connection.addresses.clear();
    connection.addresses.shrink_to_fit();
}

}  // namespace

bool is_this_proxy(const Connection& connection, const SocketAddress& address) {
    return std::ranges::any_of(connection.services.shared.listening, [&](const SocketAddress& own) {
        if (own.port != address.port) return false;
        return own.ip == address.ip ||
               ((own.ip.is_unspecified() || address.ip.is_unspecified()) && net::is_local_address(address.ip));
    });
}

/// Loopback is the machine's own business unless the listener is on it, or the administrator named the target.
bool is_denied(const Connection& connection, const SocketAddress& address) {
    const auto& listener = *connection.listener;
    const bool inward = address.ip.is_loopback() || address.ip.is_unspecified();
    if (inward && !listener.address.value.ip.is_loopback() && listener.mode != config::Mode::forward) return true;
    return std::ranges::any_of(connection.policy->config().deny,
                               [&](const Cidr& block) { return block.contains(address.ip); });
}

net::Task<bool> decide(Connection& connection) {
    const auto& rules = *connection.policy->config().rules;
    auto judged = rules.judge(connection.facts());
    std::optional<rules::Verdict> verdict;
    if (auto* known = std::get_if<rules::Verdict>(&judged)) {
        verdict = std::move(*known);
    } else if (std::get<rules::Missing>(judged) == rules::Missing::destination) {
        co_await resolve(connection);
        verdict = judge_addresses(connection);
    }
    if (!verdict) co_return false;
    connection.adopt(std::move(*verdict));
    if (connection.verdict.action == rules::Action::block) throw_blocked(connection);
    co_return true;
}

net::Task<void> reach_upstream(Connection& connection) {
    co_await resolve(connection);
    connection.begin(inspect::Step::connect);
    filter_addresses(connection);
    co_await connect(connection);
}

net::Task<void> reconnect_upstream(Connection& connection) {
    connection.upstream_tls.reset();
    connection.upstream.reset();
    connection.addresses = {*connection.connected};
    co_await connect(connection);
}

}  // namespace bascule::proxy
