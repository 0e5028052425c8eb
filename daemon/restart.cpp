#include "daemon/restart.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <thread>

namespace bascule::daemon {
namespace {

using config::Listener;

const Listener* find(const std::vector<Listener>& listeners, std::string_view name) {
    const auto found = std::ranges::find(listeners, name, &Listener::name);
    return found != listeners.end() ? &*found : nullptr;
}

std::string target_of(const Listener& listener) {
    return listener.target ? listener.target->text() : "none";
}

std::string client_ca_of(const Listener& listener) {
    return listener.client_ca ? listener.client_ca->value : "none";
}

std::string starttls_of(const Listener& listener) {
    return std::string(listener.starttls ? config::name_of(*listener.starttls) : "none");
}

bool same_place(const Listener& a, const Listener& b) {
    return a.address.value == b.address.value && a.mode == b.mode;
}

/// Collects what differs, as text.
class Differences {
  public:
    explicit Differences(std::string listener = {}) : listener_(std::move(listener)) {}

    void compare(std::string_view key, std::string_view now, std::string_view then) {
        if (now == then) return;
        const auto where = listener_.empty() ? std::string(key) : fmt::format("listener \"{}\": {}", listener_, key);
        add(key, fmt::format("{} is {}; {} takes a restart", where, now, then));
    }
    void add(std::string_view key, std::string message) {
        found_.push_back({listener_, std::string(key), std::move(message)});
    }
    std::vector<RestartNeeded> take() { return std::move(found_); }

  private:
    std::string listener_;
    std::vector<RestartNeeded> found_;
};

std::vector<RestartNeeded> between(const Listener& now, const Listener& then) {
    Differences differences(now.name);
    differences.compare("address", now.address.value.text(), then.address.value.text());
    differences.compare("mode", config::name_of(now.mode), config::name_of(then.mode));
    differences.compare("proxy_protocol", now.proxy_protocol ? "true" : "false",
                        then.proxy_protocol ? "true" : "false");
    differences.compare("port", std::to_string(now.port), std::to_string(then.port));
    differences.compare("target", target_of(now), target_of(then));
    differences.compare("client_ca", client_ca_of(now), client_ca_of(then));
    differences.compare("starttls", starttls_of(now), starttls_of(then));
    if (!same_place(now, then) && now.allow != then.allow) {
        differences.add("allow", fmt::format("listener \"{}\": allow stays as it was until the restart, since it was "
                                             "written for the new address or mode",
                                             now.name));
    }
    return differences.take();
}

std::vector<RestartNeeded> of_listeners(const config::Config& running, const config::Config& read) {
    std::vector<RestartNeeded> all;
    for (const auto& now : running.listeners) {
        const auto* then = find(read.listeners, now.name);
        const auto gone =
            fmt::format("listener \"{}\" is open until a restart, though it is not in the file any more", now.name);
        if (!then) {
            all.push_back({now.name, "", gone});
        } else {
            std::ranges::move(between(now, *then), std::back_inserter(all));
        }
    }
    for (const auto& then : read.listeners) {
        if (find(running.listeners, then.name)) continue;
        all.push_back({then.name, "", fmt::format("listener \"{}\" is new; opening it takes a restart", then.name)});
    }
    return all;
}

std::string user_of(const config::Config& config) {
    return config.user ? config.user->value : "none";
}

}  // namespace

std::vector<RestartNeeded> needing_restart(const config::Config& running, const config::Config& read) {
    auto all = of_listeners(running, read);
    Differences differences;
    differences.compare("workers", std::to_string(worker_count(running)), std::to_string(worker_count(read)));
    differences.compare("user", user_of(running), user_of(read));
    if (running.user && any_mark(read) && !any_mark(running)) {
        differences.add("upstream.mark", fmt::format("upstream.mark needs CAP_NET_ADMIN, which was given up with user: "
                                                     "{}; marking connections takes a restart",
                                                     running.user->value));
    }
    std::ranges::move(differences.take(), std::back_inserter(all));
    return all;
}

config::Listener in_force(const Listener& now, const config::Config& read) {
    auto listener = now;
    const auto* then = find(read.listeners, now.name);
    if (then && same_place(now, *then)) listener.allow = then->allow;
    return listener;
}

std::size_t worker_count(const config::Config& config) {
    return config.workers.value_or(std::max(1u, std::thread::hardware_concurrency()));
}

bool any_mark(const config::Config& config) {
    return std::ranges::any_of(config.settings,
                               [](const auto& settings) { return settings.upstream->mark.has_value(); });
}

}  // namespace bascule::daemon
