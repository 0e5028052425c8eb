#include "proxy/serve.h"

#include "base/error.h"
#include "proxy/connection.h"

#include <algorithm>

namespace bascule::proxy {
namespace {

constexpr Duration kPauseWhenExhausted = std::chrono::milliseconds(100);
// A queue of connections that never empties, a flood, lets those that are there already have their turn.
constexpr unsigned kAcceptsPerTurn = 16;

/// A connection that is refused before its story begins: reset, and recorded.
void refuse(Services& services, std::shared_ptr<const config::Listener> entry, net::Accepted accepted, How how,
            std::string detail) {
    Connection connection(services, std::move(entry), std::move(accepted));
    connection.end = {.by = By::proxy, .how = how, .step = inspect::Step::accept, .detail = std::move(detail)};
    connection.client->abort();
}

bool allowed(const config::Listener& entry, const IpAddress& source) {
    return entry.allow.empty() ||
           std::ranges::any_of(entry.allow, [&](const Cidr& block) { return block.contains(source); });
}

void begin(Services& services, const std::shared_ptr<const config::Listener>& entry, net::Accepted accepted,
           net::Nursery& connections) {
    const auto& limits = services.policy->config().limits;
    if (!allowed(*entry, accepted.peer.ip)) {
        refuse(services, entry, std::move(accepted), How::denied, "the source is not in this listener's allow");
        return;
    }
    auto slot = services.shared.connections.enter(limits.connections);
    if (!slot) {
        refuse(services, entry, std::move(accepted), How::limit,
               fmt::format("limits.connections: {} are open", limits.connections));
        return;
    }
    connections.spawn(handle_connection(services, entry, std::move(accepted), std::move(*slot)));
}

}  // namespace

net::Task<void> serve(Services& services, net::Listener& listener, const std::shared_ptr<const config::Listener>& entry,
                      net::Nursery& connections) {
    bool complained = false;
    unsigned accepts = 0;
    while (true) {
        auto accepted = co_await listener.accept();
        if (auto* connection = std::get_if<net::Accepted>(&accepted)) {
            complained = false;
            begin(services, entry, std::move(*connection), connections);
            if (++accepts % kAcceptsPerTurn == 0) co_await services.loop.yield();
            continue;
        }
        if (!std::exchange(complained, true)) {
            services.shared.log.event(
                inspect::Level::warning, "accept_paused",
                fmt::format("listener \"{}\": {}; accepting pauses until connections end (raise "
                            "LimitNOFILE, or lower limits.connections)",
                            entry->name, errno_text(std::get<net::AcceptExhausted>(accepted).code)));
        }
        co_await services.loop.wait_until(services.loop.now() + kPauseWhenExhausted);
    }
}

}  // namespace bascule::proxy
