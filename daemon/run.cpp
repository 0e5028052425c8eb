#include "daemon/run.h"

#include "base/error.h"
#include "daemon/commands.h"
#include "daemon/privileges.h"
#include "daemon/restart.h"
#include "daemon/server.h"

#include <fmt/format.h>

#include <csignal>
#include <iostream>

namespace bascule::daemon {
namespace {

constexpr int kExitFailed = 1;

/// A signal that comes while we start is taken once we run, and does not end us.
void hold_back_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGHUP, SIGUSR1}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

/// Fills `log`, or says what is wrong.
std::vector<config::Problem> open_log(const config::Log& wanted, std::unique_ptr<inspect::Log>& log) {
    try {
        log = std::make_unique<inspect::Log>(log_options(wanted));
        return {};
    } catch (const Error& error) {
        return {{.place = wanted.output.place, .path = "log.output", .message = error.what()}};
    }
}

void tell_unused(inspect::Log& log, const std::vector<std::string>& names) {
    for (const auto& name : names) {
        log.event(inspect::Level::warning, "socket_unused",
                  fmt::format("the service manager passed a socket named \"{}\", but no listener has this name; set "
                              "FileDescriptorName= to a listener's",
                              name));
    }
}

/// Nobody is to believe that a gateway by TPROXY stands that does not.
void tell_redirect_only(inspect::Log& log, const std::vector<OpenListener>& listeners) {
    for (const auto& listener : listeners) {
        if (!listener.redirect_only) continue;
        log.event(
            inspect::Level::warning, "redirect_only",
            fmt::format("listener \"{}\" takes what REDIRECT sends, and nothing of TPROXY: that needs CAP_NET_ADMIN "
                        "(systemd/examples/tproxy.conf), or Transparent=yes in the socket unit",
                        listener.entry->name),
            {{"listener", listener.entry->name}});
    }
}

/// With the configuration read and the signer running: all that is opened before the workers start.
int serve(const RunOptions& options, SignerProcess& signer, proxy::Policy::Built built) {
    if (!built.policy) return tell(built.problems);
    const auto& config = built.policy->config();
    auto opened = open_listeners(config, worker_count(config), passed_sockets());
    if (!opened.problems.empty()) return tell(opened.problems);
    if (const auto problems = check_marks(config); !problems.empty()) return tell(problems);
    std::unique_ptr<inspect::Log> log;
    if (const auto problems = open_log(config.log, log); !problems.empty()) return tell(problems);
    tell_unused(*log, opened.unused);
    tell_redirect_only(*log, opened.listeners);
    try {
        if (config.user) become_user(config.user->value, any_mark(config));
    } catch (const Error& error) {
        return tell({{.place = config.user->place, .path = "user", .message = error.what()}});
    }
    return Server(signer, options, std::move(built.policy), std::move(opened.listeners), std::move(log)).run();
}

}  // namespace

int run_server(const RunOptions& options) {
    prepare_process();
    hold_back_signals();
    auto loaded = load_for_run(options);
    if (!loaded.config) return tell(loaded.problems);
    try {
        const auto& user = loaded.config->user;
        SignerProcess signer(worker_count(*loaded.config), user ? user->value : "");
        return serve(options, signer, proxy::Policy::build(std::move(*loaded.config), signer.loader()));
    } catch (const std::exception& error) {
        std::cerr << "bascule: " << error.what() << '\n';
        return kExitFailed;
    }
}

}  // namespace bascule::daemon
