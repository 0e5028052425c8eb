#include "base/error.h"
#include "daemon/announce/announcements.h"
#include "daemon/notify.h"
#include "daemon/server.h"

#include <fmt/format.h>

namespace bascule::daemon {

using Level = inspect::Level;

/// SIGHUP: the configuration is read again, and put in force whole or not at all.
void Server::reload() {
    const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                       std::chrono::duration_cast<std::chrono::microseconds>(since_boot).count()));
    auto built = load_policy();
    if (built.policy) built.problems = follow_log(built.policy->config().log);
    for (const auto& problem : built.problems) {
        log_->event(Level::error, "reload_failed", problem.text() + "; the rules stay as they were");
    }
    if (built.problems.empty()) put_in_force(std::move(built.policy));
    notify("READY=1\nSTATUS=" + (built.problems.empty() ? status_of(listeners_.size(), *policy_)
                                                        : "reload failed: " + built.problems.front().text()));
}

/// Problems are the caller's to tell.
proxy::Policy::Built Server::load_policy() {
    auto loaded = load_for_run(options_);
    if (!loaded.config) return {.policy = nullptr, .problems = std::move(loaded.problems)};
    return proxy::Policy::build(std::move(*loaded.config), signer_.loader(), policy_.get());
}

/// A log that cannot be written is a problem, and stays as it was.
std::vector<config::Problem> Server::follow_log(const config::Log& wanted) {
    try {
        log_->use(log_options(wanted));
        return {};
    } catch (const Error& error) {
        return {{.place = wanted.output.place, .path = "log.output", .message = error.what()}};
    }
}

void Server::put_in_force(std::shared_ptr<const proxy::Policy> policy) {
    policy_ = std::move(policy);
    keep_what_is_learned();
    ticket_keys_.use(policy_->ticket_keys());
    const auto entries = follow_listeners();
    for (auto& worker : workers_) worker->adopt(policy_, entries);
    const auto waiting = tell_what_needs_a_restart();
    warn_of_what_is_given_up(*log_, *policy_);
    doubt_authorities();
    log_->event(Level::info, "reloaded", count_of(policy_->config().rules->rules().size(), "rule") + waiting);
}

Worker::Entries Server::follow_listeners() {
    Worker::Entries entries;
    running_.listeners.clear();
    for (auto& listener : listeners_) {
        listener.entry = std::make_shared<const config::Listener>(in_force(*listener.entry, policy_->config()));
        running_.listeners.push_back(*listener.entry);
        entries.push_back(listener.entry);
    }
    return entries;
}

void Server::tell(const RestartNeeded& change) {
    constexpr std::string_view event = "restart_needed";
    const auto& [listener, key, message] = change;
    if (listener.empty()) return log_->event(Level::warning, event, message, {{"key", key}});
    if (key.empty()) return log_->event(Level::warning, event, message, {{"listener", listener}});
    log_->event(Level::warning, event, message, {{"listener", listener}, {"key", key}});
}

/// A line for each key, at every reload until there has been one; for the end of a line, how many.
std::string Server::tell_what_needs_a_restart() {
    const auto needing = needing_restart(running_, policy_->config());
    for (const auto& change : needing) tell(change);
    if (needing.empty()) return {};
    return fmt::format("; {} until a restart",
                       needing.size() == 1 ? "one change waits" : fmt::format("{} changes wait", needing.size()));
}

}  // namespace bascule::daemon
