#pragma once

#include "daemon/restart.h"
#include "daemon/run.h"
#include "daemon/signer/signer_process.h"
#include "daemon/sockets.h"
#include "daemon/worker.h"
#include "inspect/log.h"
#include "proxy/learn/learned_keeper.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bascule::daemon {

inspect::LogOptions log_options(const config::Log& log);

/// The daemon while it runs: its workers, and the main thread that waits for signals. SIGTERM and SIGINT drain and
/// stop, SIGHUP reads the configuration again, SIGUSR1 opens the logs again.
class Server {
  public:
    Server(SignerProcess& signer, RunOptions options, std::shared_ptr<const proxy::Policy> policy,
           std::vector<OpenListener> listeners, std::unique_ptr<inspect::Log> log);
    /// Until a signal or the signer's end ends it. The exit code.
    int run();

  private:
    void keep_what_is_learned();
    void start_workers();
    void announce();
    bool over() const;
    void wait(int signals);
    int patience() const;
    void take(std::uint32_t signal);
    void doubt_authorities();
    void give_sign_of_life();
    void give_up_without_signer();
    void stop();
    void reopen_logs();

    // daemon/reload.cpp
    void reload();
    proxy::Policy::Built load_policy();
    std::vector<config::Problem> follow_log(const config::Log& wanted);
    void put_in_force(std::shared_ptr<const proxy::Policy> policy);
    Worker::Entries follow_listeners();
    void tell(const RestartNeeded& change);
    std::string tell_what_needs_a_restart();

    SignerProcess& signer_;
    RunOptions options_;
    std::shared_ptr<const proxy::Policy> policy_;
    config::Config running_;  ///< what takes a restart to change, as it is in force
    std::vector<OpenListener> listeners_;
    std::unique_ptr<inspect::Log> log_;
    inspect::ContentWriter content_;
    inspect::KeyLog keys_;
    inspect::HarLog har_;
    tls::LeafCache leaves_;
    tls::TicketKeys ticket_keys_;
    tls::ClientLegContexts client_leg_;
    tls::SessionCache sessions_;
    proxy::ConnectionCount connections_;
    net::NameCache names_;
    proxy::Shared shared_;
    std::optional<proxy::LearnedKeeper> keeper_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::optional<std::chrono::microseconds> watchdog_;
    std::chrono::steady_clock::time_point next_sign_{};
    std::chrono::steady_clock::time_point next_doubts_{};
    int stopping_ = 0;
    bool signer_gone_ = false;
};

}  // namespace bascule::daemon
