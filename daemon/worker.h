#pragma once

#include "daemon/sockets.h"
#include "net/task/nursery.h"
#include "proxy/serve.h"

#include <atomic>
#include <thread>

namespace bascule::daemon {

/// One thread with an event loop of its own, its listeners and its connections. Everything but construction, start()
/// and the posting functions happens on that thread.
class Worker {
  public:
    using Entries = std::vector<std::shared_ptr<const config::Listener>>;
    struct Socket {
        std::shared_ptr<const config::Listener> entry;
        UniqueFd fd;
    };
    /// `signer` is this worker's line to the signer process.
    Worker(proxy::Shared& shared, net::NameCache& names, std::shared_ptr<const proxy::Policy> policy,
           std::vector<Socket> sockets, UniqueFd signer);
    ~Worker();
    Worker(const Worker&) = delete;

    void start();
    void join() { thread_.join(); }

    // From the main thread; each takes effect in the worker's next turn.
    /// For connections that begin from then on. `listeners`: one for each socket given, in that order.
    void adopt(std::shared_ptr<const proxy::Policy> policy, Entries listeners);
    /// Stops accepting; the thread ends when the last connection has, at the latest after `limit`.
    void drain(Duration limit);
    /// Cancels everything and ends the thread.
    void stop();
    /// Asks for a sign of life; alive() turns true when the loop has turned.
    void ask_for_life();
    bool alive() const { return alive_.load(); }
    bool finished() const { return finished_.load(); }

  private:
    void run();
    net::Task<void> stop_when_idle();

    net::EventLoop loop_;
    net::Resolver resolver_;
    net::Event drain_;
    proxy::Services services_;
    Entries entries_;  ///< the acceptors refer to each
    std::vector<std::unique_ptr<net::Listener>> listeners_;
    net::Nursery connections_;
    net::Nursery acceptors_;
    UniqueFd signer_;
    std::atomic<bool> alive_{true};
    std::atomic<bool> finished_{false};
    std::thread thread_;
};

}  // namespace bascule::daemon
