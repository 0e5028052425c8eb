#include "bench/whole/load.h"

#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>

using namespace bascule::bench;

namespace {

/// Two descriptors a connection: as many as this process may have.
void raise_descriptor_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void add_load_options(CLI::App& command, LoadOptions& options) {
    command.add_option("--port", options.port)->required();
    command.add_option("--connections", options.connections);
    command.add_option("--parallel", options.parallel);
    command.add_option("--requests", options.requests);
    command.add_option("--names", options.names);
    command.add_flag("--tls12", options.tls12);
    command.add_option("--down", options.request.down, "octets");
    command.add_option("--up", options.request.up, "octets");
    command.add_option("--renegotiate", options.request.renegotiations);
    command.add_option("--origin-renegotiate", options.request.origin_renegotiations);
    command.add_option("--stall", options.request.stall, "seconds");
    command.add_option("--origin-stall", options.request.origin_stall, "seconds");
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("the load generator and the origin of bench/run");
    app.require_subcommand(1);
    std::string authority;
    auto* origin = app.add_subcommand("origin", "a TLS origin on a free port");
    origin->add_option("--authority", authority, "directory with ca.crt and ca.key")->required();
    LoadOptions options;
    auto* fresh = app.add_subcommand("new", "connections with one request each");
    auto* hold = app.add_subcommand("hold", "connections that stay open");
    add_load_options(*fresh, options);
    add_load_options(*hold, options);
    CLI11_PARSE(app, argc, argv);

    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    try {
        if (*origin) return run_origin(authority);
        return *fresh ? run_new(options) : run_hold(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bascule-load: %s\n", error.what());
        return 1;
    }
}
