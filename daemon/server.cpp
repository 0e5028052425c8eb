#include "daemon/server.h"

#include "base/error.h"
#include "daemon/banner.h"
#include "daemon/commands.h"
#include "daemon/notify.h"
#include "daemon/privileges.h"
#include "daemon/signer_process.h"
#include "daemon/state.h"
#include "daemon/warnings.h"
#include "daemon/worker.h"
#include "proxy/learn/learned_keeper.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <set>
#include <thread>

namespace bascule::daemon {
namespace {

using Level = inspect::Level;

constexpr std::size_t kContentQueue = 32_MiB;
constexpr int kExitFailed = 1;

inspect::LogOptions log_options(const config::Log& log) {
    return {.level = static_cast<Level>(log.level),
            .format = static_cast<inspect::Format>(log.format),
            .output = log.output.value};
}

void complain_about_content(void* log, std::string_view message) {
    static_cast<inspect::Log*>(log)->event(Level::warning, "content_log", message);
}

void complain_about_keys(void* log, std::string_view message) {
    static_cast<inspect::Log*>(log)->event(Level::warning, "key_log", message);
}

/// The daemon while it runs: its workers, and the main thread that waits for signals.
class Server {
  public:
    Server(SignerProcess& signer, std::string file, std::shared_ptr<const proxy::Policy> policy,
           std::vector<OpenListener> listeners, std::unique_ptr<inspect::Log> log)
        : signer_(signer),
          file_(std::move(file)),
          policy_(std::move(policy)),
          listeners_(std::move(listeners)),
          log_(std::move(log)),
          content_(kContentQueue, complain_about_content, log_.get()),
          keys_(complain_about_keys, log_.get()),
          client_leg_(&ticket_keys_),
          shared_{.log = *log_,
                  .content = content_,
                  .keys = keys_,
                  .leaves = leaves_,
                  .client_leg = client_leg_,
                  .sessions = sessions_,
                  .connections = connections_,
                  .listening = {}} {
        ticket_keys_.use(policy_->ticket_keys());
        for (const auto& listener : listeners_) shared_.listening.push_back(listener.address);
    }

    int run() {
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

  private:
    /// Blocks the signals for all threads (made after this) and reads them from a descriptor instead.
    static int take_signals() {
        sigset_t set;
        sigemptyset(&set);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
        pthread_sigmask(SIG_BLOCK, &set, nullptr);
        return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    }

    /// From the first configuration on that learns anything.
    void keep_what_is_learned() {
        if (!keeper_ && learns(policy_->config())) keeper_.emplace(shared_.learned, *log_, state_directory());
    }

    void start_workers() {
        const std::size_t count = listeners_.front().sockets.size();
        for (std::size_t i = 0; i < count; ++i) {
            std::vector<Worker::Socket> sockets;
            for (auto& listener : listeners_) sockets.push_back({listener.entry, std::move(listener.sockets[i])});
            workers_.push_back(
                std::make_unique<Worker>(shared_, names_, policy_, std::move(sockets), signer_.take_line(i)));
        }
        for (auto& worker : workers_) worker->start();
    }

    void announce() {
        std::cout << banner(*policy_, listeners_) << std::flush;
        for (const auto& listener : listeners_) {
            const auto address = listener.address.text();
            log_->event(Level::info, "listening",
                        fmt::format("{} on {}", config::name_of(listener.entry->mode), address),
                        {{"listener", listener.entry->name}, {"address", address}});
        }
        warn();
        log_->event(Level::info, "ready", fmt::format("{} workers", workers_.size()));
        notify("READY=1\nSTATUS=" + status());
        if (const auto interval = watchdog_interval()) {
            watchdog_ = *interval / 2;
            next_sign_ = std::chrono::steady_clock::now();
        }
    }

    void warn() {
        if (::geteuid() == 0) {
            log_->event(Level::warning, "running_as_root",
                        "running as root; write user: in the configuration, or start "
                        "as the service's own user");
        }
        warn_of_what_is_given_up();
    }

    /// What is given up of what is safe by default, and what may not be what is wanted.
    void warn_of_what_is_given_up() {
        for (const auto& warning : policy_->warnings()) {
            log_->event(Level::warning, "configuration", warning.text());
        }
        for (const auto& [event, message] : warnings_of(policy_->config())) {
            log_->event(Level::warning, event, message);
        }
        warn_of_long_lived_authorities();
    }

    /// A CA that lives long is a risk for as long: its key may be lost unnoticed.
    void warn_of_long_lived_authorities() {
        constexpr auto longest = std::chrono::hours(24 * 366 * 5);
        std::set<const tls::Authority*> seen;
        for (const auto& settings : policy_->config().settings) {
            const auto& authority = *policy_->authority_for(settings);
            if (!seen.insert(&authority).second || authority.not_after() - authority.not_before() <= longest) continue;
            log_->event(
                Level::warning, "ca_long_lived",
                fmt::format("the CA {} is valid for more than 5 years, until {:.10}; see \"Changing the CA\" in "
                            "bascule(8)",
                            authority.subject(), format_time(authority.not_after())));
        }
    }

    std::string status() const {
        return fmt::format("{} listeners, {} rules, CA expires {:.10}", listeners_.size(),
                           policy_->config().rules->rules().size(), format_time(policy_->authority().not_after()));
    }

    bool over() const {
        return std::ranges::all_of(workers_, [](const auto& worker) { return worker->finished(); });
    }

    /// Waits for a signal, the signer's end, the watchdog's next sign of life, or, while stopping, the workers' end.
    void wait(int signals) {
        pollfd entries[]{{.fd = signals, .events = POLLIN, .revents = 0},
                         {.fd = signer_gone_ ? -1 : signer_.fd(), .events = 0, .revents = 0}};
        int timeout = -1;
        if (stopping_ > 0) {
            timeout = 20;
        } else if (watchdog_) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(next_sign_ - std::chrono::steady_clock::now());
            timeout = static_cast<int>(std::max<std::int64_t>(0, left.count()));
        }
        ::poll(entries, std::size(entries), timeout);
        if (entries[1].revents != 0) give_up_without_signer();
        signalfd_siginfo info{};
        while (::read(signals, &info, sizeof info) == sizeof info) {
            info.ssi_signo == SIGHUP ? reload() : stop();
        }
        if (watchdog_ && std::chrono::steady_clock::now() >= next_sign_) give_sign_of_life();
    }

    /// Only when every worker's loop has turned since the last one: a stuck worker starves the watchdog.
    void give_sign_of_life() {
        next_sign_ = std::chrono::steady_clock::now() + *watchdog_;
        if (!std::ranges::all_of(workers_, [](const auto& worker) { return worker->alive() || worker->finished(); }))
            return;
        notify("WATCHDOG=1");
        for (auto& worker : workers_) worker->ask_for_life();
    }

    /// Nothing can be intercepted any more: the service manager starts us again.
    void give_up_without_signer() {
        signer_gone_ = true;
        ++stopping_;
        log_->event(Level::error, "signer_gone",
                    fmt::format("the signer process was {}; the daemon cannot go on without it", signer_.ending()));
        for (auto& worker : workers_) worker->stop();
    }

    void stop() {
        const auto& config = policy_->config();
        const bool now = ++stopping_ > 1 || config.shutdown == config::Shutdown::now;
        notify(fmt::format("STOPPING=1\nSTATUS=draining {} connections", connections_.open()));
        log_->event(Level::info, "stopping",
                    now ? "stopping at once"
                        : fmt::format("draining {} connections, for at most {}", connections_.open(),
                                      format_duration(config.timeouts.drain)));
        for (auto& worker : workers_) now ? worker->stop() : worker->drain(config.timeouts.drain);
    }

    /// SIGHUP: the log is opened again, and the rules are read again, whole or not at all.
    void reload() {
        notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", std::chrono::duration_cast<std::chrono::microseconds>(
                                                                 std::chrono::steady_clock::now().time_since_epoch())
                                                                 .count()));
        log_->reopen();
        keys_.reopen();
        auto built = load_policy();
        for (const auto& problem : built.problems) {
            log_->event(Level::error, "reload_failed", problem.text() + "; the rules stay as they were");
        }
        if (built.policy) {
            warn_of_what_needs_a_restart(*built.policy);
            policy_ = std::move(built.policy);
            keep_what_is_learned();
            ticket_keys_.use(policy_->ticket_keys());
            for (auto& worker : workers_) worker->adopt(policy_);
            warn_of_what_is_given_up();
            log_->event(Level::info, "reloaded", fmt::format("{} rules", policy_->config().rules->rules().size()));
        }
        notify("READY=1\nSTATUS=" +
               (built.problems.empty() ? status() : "reload failed: " + built.problems.front().text()));
    }

    /// Problems are the caller's to tell.
    proxy::Policy::Built load_policy() {
        auto loaded = config::load(file_);
        if (!loaded.config) return {.policy = nullptr, .problems = std::move(loaded.problems)};
        return proxy::Policy::build(std::move(*loaded.config), signer_.loader(), policy_.get());
    }

    void warn_of_what_needs_a_restart(const proxy::Policy& fresh) {
        const auto& before = policy_->config();
        const auto& after = fresh.config();
        const bool same = std::ranges::equal(before.listeners, after.listeners, [](const auto& a, const auto& b) {
            return a.name == b.name && a.address.value == b.address.value && a.mode == b.mode && a.allow == b.allow &&
                   a.target == b.target && a.port == b.port && a.proxy_protocol == b.proxy_protocol &&
                   a.client_ca.has_value() == b.client_ca.has_value() &&
                   (!a.client_ca || a.client_ca->value == b.client_ca->value);
        });
        if (!same) log_->event(Level::warning, "restart_needed", "listeners have changed; that takes a restart");
    }

    SignerProcess& signer_;
    std::string file_;
    std::shared_ptr<const proxy::Policy> policy_;
    std::vector<OpenListener> listeners_;
    std::unique_ptr<inspect::Log> log_;
    inspect::ContentWriter content_;
    inspect::KeyLog keys_;
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
    int stopping_ = 0;
    bool signer_gone_ = false;
};

std::size_t worker_count(const config::Config& config) {
    return config.workers.value_or(std::max(1u, std::thread::hardware_concurrency()));
}

bool any_mark(const config::Config& config) {
    return std::ranges::any_of(config.settings,
                               [](const auto& settings) { return settings.upstream->mark.has_value(); });
}

/// With the configuration read and the signer running: all that is opened before the workers start.
int serve(const std::string& config_file, SignerProcess& signer, proxy::Policy::Built built) {
    if (!built.policy) return tell(built.problems);
    const auto& config = built.policy->config();
    auto opened = open_listeners(config, worker_count(config), passed_sockets());
    if (!opened.problems.empty()) {
        return tell(opened.problems);
    }
    std::unique_ptr<inspect::Log> log;
    try {
        log = std::make_unique<inspect::Log>(log_options(config.log));
    } catch (const Error& error) {
        return tell({{.place = config.log.output.place, .path = "log.output", .message = error.what()}});
    }
    for (const auto& name : opened.unused) {
        log->event(Level::warning, "socket_unused",
                   fmt::format("the service manager passed a socket named \"{}\", but no listener has this name; set "
                               "FileDescriptorName= to a listener's",
                               name));
    }
    try {
        if (config.user) become_user(config.user->value, any_mark(config));
    } catch (const Error& error) {
        return tell({{.place = config.user->place, .path = "user", .message = error.what()}});
    }
    return Server(signer, config_file, std::move(built.policy), std::move(opened.listeners), std::move(log)).run();
}

}  // namespace

int run_server(const std::string& config_file) {
    prepare_process();
    auto loaded = config::load(config_file);
    if (!loaded.config) return tell(loaded.problems);
    try {
        const auto& user = loaded.config->user;
        SignerProcess signer(worker_count(*loaded.config), user ? user->value : "");
        return serve(config_file, signer, proxy::Policy::build(std::move(*loaded.config), signer.loader()));
    } catch (const std::exception& error) {
        std::cerr << "bascule: " << error.what() << '\n';
        return kExitFailed;
    }
}

}  // namespace bascule::daemon
