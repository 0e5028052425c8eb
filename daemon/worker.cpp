#include "daemon/worker.h"

#include "tls/signer/signer_channel.h"

#include <algorithm>

namespace bascule::daemon {
namespace {

net::ResolverOptions resolver_options(const config::Resolver& resolver) {
    return {.servers = resolver.servers,
            .hosts = resolver.hosts,
            .timeout = resolver.timeout,
            .resolv_conf = "/etc/resolv.conf"};
}

}  // namespace

Worker::Worker(proxy::Shared& shared, net::NameCache& names, std::shared_ptr<const proxy::Policy> policy,
               std::vector<Socket> sockets, UniqueFd signer)
    : resolver_(loop_, names, resolver_options(policy->config().resolver)),
      drain_(loop_),
      services_{.shared = shared, .loop = loop_, .resolver = resolver_, .policy = std::move(policy), .drain = drain_},
      connections_(loop_),
      acceptors_(loop_),
      signer_(std::move(signer)) {
    for (auto& socket : sockets) {
        entries_.push_back(std::move(socket.entry));
        listeners_.push_back(std::make_unique<net::Listener>(loop_, std::move(socket.fd)));
    }
}

Worker::~Worker() = default;

void Worker::start() {
    thread_ = std::thread([this] { run(); });
}

void Worker::run() {
    const tls::SignerChannel signer(loop_, std::move(signer_));
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        acceptors_.spawn(proxy::serve(services_, *listeners_[i], entries_[i], connections_));
    }
    loop_.run();
    acceptors_.cancel_all();
    connections_.cancel_all();
    finished_ = true;
}

void Worker::adopt(std::shared_ptr<const proxy::Policy> policy, Entries listeners) {
    loop_.post([this, policy = std::move(policy), listeners = std::move(listeners)] {
        std::ranges::copy(listeners, entries_.begin());
        resolver_.use(resolver_options(policy->config().resolver));
        services_.policy = policy;
    });
}

void Worker::drain(Duration limit) {
    loop_.post([this, limit] {
        acceptors_.cancel_all();
        listeners_.clear();
        services_.drain_until = loop_.now() + limit;
        drain_.set();
        acceptors_.spawn(stop_when_idle());
    });
}

net::Task<void> Worker::stop_when_idle() {
    co_await connections_.idle();
    loop_.stop();
}

void Worker::stop() {
    loop_.post([this] { loop_.stop(); });
}

void Worker::ask_for_life() {
    alive_ = false;
    loop_.post([this] { alive_ = true; });
}

}  // namespace bascule::daemon
