#include "daemon/run.h"

#include <fmt/format.h>

#include <algorithm>

namespace bascule::daemon {
namespace {

/// What is wrong with listening at `address` instead; empty: nothing, and `config` does.
std::string listen_at(config::Config& config, const std::string& text) {
    const auto address = SocketAddress::parse(text);
    if (!address) return "is not IP:PORT, as 127.0.0.1:9000 or \"[::1]:9000\"";
    if (config.listeners.size() > 1) {
        std::string names;
        for (const auto& listener : config.listeners) names += (names.empty() ? "" : ", ") + listener.name;
        return fmt::format("is for a configuration with one listener; {} has {} ({})", config.file,
                           config.listeners.size(), names);
    }
    auto& listener = config.listeners.front();
    if (listener.mode == config::Mode::explicit_proxy && listener.allow.empty() && !address->ip.is_loopback()) {
        return "is not loopback: everyone who reaches it would have an open proxy; give the listener an allow in the "
               "file, allow: [10.0.0.0/8], or listen on 127.0.0.1";
    }
    listener.address.value = *address;
    return {};
}

void log_for_watching(config::Log& log, const RunOptions::Watch& watch) {
    log.level = config::Level::info;
    log.format = watch.json ? config::Format::json : config::Format::text;
    log.output.value = "stdout";
    log.exchanges_first = true;
    log.if_nothing = watch.if_nothing;
    if (watch.headers) log.all_headers = true;
    log.content = watch.body;
}

/// One HAR file for all that is watched, but for what a rule writes elsewhere.
void write_har(std::vector<config::Settings>& settings, const std::string& path) {
    for (auto& of_rule : settings) {
        if (!of_rule.har) of_rule.har.emplace().value = path;
    }
}

}  // namespace

config::Loaded load_for_run(const RunOptions& options) {
    auto loaded = config::load(options.config_file);
    if (loaded.config && options.watch) {
        log_for_watching(loaded.config->log, *options.watch);
        if (!options.watch->har.empty()) write_har(loaded.config->settings, options.watch->har);
    }
    if (!loaded.config || options.listen.empty()) return loaded;
    const auto fault = listen_at(*loaded.config, options.listen);
    if (fault.empty()) return loaded;
    return {.config = std::nullopt,
            .problems = {{.place = {.file = "bascule run"}, .path = "--listen " + options.listen, .message = fault}}};
}

}  // namespace bascule::daemon
