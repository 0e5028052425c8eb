#include "daemon/server.h"

#include "daemon/announce/announcements.h"
#include "daemon/announce/banner.h"
#include "daemon/notify.h"
#include "daemon/state.h"
#include "daemon/version.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>

namespace bascule::daemon {
namespace {

using Level = inspect::Level;

constexpr std::size_t kContentQueue = 32_MiB;
constexpr int kExitFailed = 1;

void complain_about_content(void* log, std::string_view message) {
    static_cast<inspect::Log*>(log)->event(Level::warning, "content_log", message);
}

void complain_about_keys(void* log, std::string_view message) {
    static_cast<inspect::Log*>(log)->event(Level::warning, "key_log", message);
}

void complain_about_har(void* log, std::string_view message) {
    static_cast<inspect::Log*>(log)->event(Level::warning, "har", message);
}

/// Blocks the signals for all threads (made after this) and reads them from a descriptor instead.
int take_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

inspect::LogOptions log_options(const config::Log& log) {
    return {.level = static_cast<Level>(log.level),
            .format = static_cast<inspect::Format>(log.format),
            .output = log.output.value,
            .exchanges_first = log.exchanges_first,
            .if_nothing = log.if_nothing,
            .content = log.content};
}

Server::Server(SignerProcess& signer, RunOptions options, std::shared_ptr<const proxy::Policy> policy,
               std::vector<OpenListener> listeners, std::unique_ptr<inspect::Log> log)
    : signer_(signer),
      options_(std::move(options)),
      policy_(std::move(policy)),
      running_(policy_->config()),
      listeners_(std::move(listeners)),
      log_(std::move(log)),
      content_(kContentQueue, complain_about_content, log_.get()),
      keys_(complain_about_keys, log_.get()),
      har_(std::string(kVersion), complain_about_har, log_.get()),
      client_leg_(&ticket_keys_),
      shared_{.log = *log_,
              .content = content_,
              .keys = keys_,
              .har = har_,
              .leaves = leaves_,
              .client_leg = client_leg_,
              .sessions = sessions_,
              .connections = connections_,
              .listening = {}} {
    ticket_keys_.use(policy_->ticket_keys());
    for (const auto& listener : listeners_) shared_.listening.push_back(listener.address);
}

int Server::run() {
    const int signals = take_signals();
    keep_what_is_learned();
    start_workers();
    announce();
    while (!over()) wait(signals);
    for (auto& worker : workers_) worker->join();
    workers_.clear();
    if (!signer_gone_) log_->event(Level::info, "stopped", "all connections have ended");
    ::close(signals);
    return signer_gone_ ? kExitFailed : 0;  // what is still queued is written by the destructors, which do not wait
                                            // for a reader that has stopped
}

/// From the first configuration on that learns anything.
void Server::keep_what_is_learned() {
    if (!keeper_ && learns(policy_->config())) keeper_.emplace(shared_.learned, *log_, state_directory());
}

void Server::start_workers() {
    const std::size_t count = listeners_.front().sockets.size();
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<Worker::Socket> sockets;
        sockets.reserve(listeners_.size());
        for (auto& listener : listeners_) sockets.push_back({listener.entry, std::move(listener.sockets[i])});
        workers_.push_back(
            std::make_unique<Worker>(shared_, names_, policy_, std::move(sockets), signer_.take_line(i)));
    }
    for (auto& worker : workers_) worker->start();
}

void Server::announce() {
    if (!options_.watch) std::cout << banner(*policy_, listeners_) << std::flush;
    announce_listeners(*log_, listeners_);
    if (::geteuid() == 0 && !options_.watch) {
        log_->event(Level::warning, "running_as_root",
                    "running as root; write user: in the configuration, or start as the service's own user");
    }
    tell_what_is_missing(*log_);
    warn_of_what_is_given_up(*log_, *policy_);
    doubt_authorities();
    log_->event(Level::info, "ready", count_of(workers_.size(), "worker"));
    notify("READY=1\nSTATUS=" + status_of(listeners_.size(), *policy_));
    if (const auto interval = watchdog_interval()) {
        watchdog_ = *interval / 2;
        next_sign_ = std::chrono::steady_clock::now();
    }
}

bool Server::over() const {
    return std::ranges::all_of(workers_, [](const auto& worker) { return worker->finished(); });
}

/// For poll(2): until there is something to do without being asked.
int Server::patience() const {
    constexpr int while_stopping = 20;
    if (stopping_ > 0) return while_stopping;
    const auto next = watchdog_ ? std::min(next_sign_, next_doubts_) : next_doubts_;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

/// At start, with each reload, and every day.
void Server::doubt_authorities() {
    next_doubts_ = std::chrono::steady_clock::now() + std::chrono::hours(24);
    for (const auto& doubt : policy_->doubts_about_authorities(std::chrono::system_clock::now())) {
        log_->event(Level::warning, "ca", doubt.text());
    }
}

/// Waits for a signal, the signer's end, the watchdog's next sign of life, or, while stopping, the workers' end.
void Server::wait(int signals) {
    pollfd entries[]{{.fd = signals, .events = POLLIN, .revents = 0},
                     {.fd = signer_gone_ ? -1 : signer_.fd(), .events = 0, .revents = 0}};
    ::poll(entries, std::size(entries), patience());
    if (entries[1].revents != 0) give_up_without_signer();
    signalfd_siginfo info{};
    while (::read(signals, &info, sizeof info) == sizeof info) take(info.ssi_signo);
    if (watchdog_ && std::chrono::steady_clock::now() >= next_sign_) give_sign_of_life();
    if (std::chrono::steady_clock::now() >= next_doubts_) doubt_authorities();
}

void Server::take(std::uint32_t signal) {
    if (signal == SIGHUP) {
        reload();
    } else if (signal == SIGUSR1) {
        reopen_logs();
    } else {
        stop();
    }
}

/// Only when every worker's loop has turned since the last one: a stuck worker starves the watchdog.
void Server::give_sign_of_life() {
    next_sign_ = std::chrono::steady_clock::now() + *watchdog_;
    if (!std::ranges::all_of(workers_, [](const auto& worker) { return worker->alive() || worker->finished(); }))
        return;
    notify("WATCHDOG=1");
    for (auto& worker : workers_) worker->ask_for_life();
}

/// Nothing can be intercepted any more: the service manager starts us again.
void Server::give_up_without_signer() {
    signer_gone_ = true;
    ++stopping_;
    log_->event(Level::error, "signer_gone",
                fmt::format("the signer process was {}; the daemon cannot go on without it", signer_.ending()));
    for (auto& worker : workers_) worker->stop();
}

void Server::stop() {
    const auto& config = policy_->config();
    const bool now = ++stopping_ > 1 || config.shutdown == config::Shutdown::now;
    const auto draining = fmt::format("draining {}", count_of(connections_.open(), "connection"));
    notify(fmt::format("STOPPING=1\nSTATUS={}", draining));
    log_->event(
        Level::info, "stopping",
        now ? "stopping at once" : fmt::format("{}, for at most {}", draining, format_duration(config.timeouts.drain)));
    for (auto& worker : workers_) now ? worker->stop() : worker->drain(config.timeouts.drain);
}

/// Somebody has moved the files: what is written from now on goes to new ones.
void Server::reopen_logs() {
    log_->reopen();
    keys_.reopen();
    log_->event(Level::info, "logs_reopened", "the log and the files of TLS secrets are opened again");
}

}  // namespace bascule::daemon
