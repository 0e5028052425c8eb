#include "daemon/watch/watch.h"

#include "base/error.h"
#include "daemon/announce/shell_word.h"
#include "daemon/watch/capture.h"
#include "daemon/watch/environment.h"
#include "daemon/watch/home.h"
#include "daemon/watch/program.h"
#include "daemon/watch/server_child.h"

#include <fmt/format.h>

#include <iostream>

namespace bascule::daemon {
namespace {

constexpr int kExitFailed = 1;

std::string how_to_use(const Home& home, const std::string& address) {
    std::string text = fmt::format("bascule: watching on {}; ^C ends it. In another shell:\n", address);
    for (const auto& [name, value] : environment_for(home, address))
        text += fmt::format("  export {}={}\n", name, shell_word(value));
    return text + fmt::format("or for one program:  bascule watch -- curl https://example.org/\n\n");
}

int watch_command(const WatchOptions& options, const Home& home, ServerChild& server) {
    const int code = run_program(options.command, environment_for(home, server.address()));
    server.stop();
    return code;
}

int watch_captured(const WatchOptions& options, const Home& home) {
    Capture capture(home, options.command);
    ServerChild server(home, capture.take_listener());
    if (!server.ready()) return server.wait();
    const int code = capture.run();
    server.stop();
    return code;
}

int watch_until_signal(const Home& home, ServerChild& server) {
    std::cout << how_to_use(home, server.address()) << std::flush;
    return server.wait();
}

}  // namespace

int watch(const WatchOptions& options) {
    try {
        const Home home(options);
        hold_signals();
        if (options.capture) return watch_captured(options, home);
        ServerChild server(home);
        if (!server.ready()) return server.wait();
        return options.command.empty() ? watch_until_signal(home, server) : watch_command(options, home, server);
    } catch (const std::exception& error) {
        std::cerr << "bascule: " << error.what() << '\n';
        return kExitFailed;
    }
}

}  // namespace bascule::daemon
