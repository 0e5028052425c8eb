#pragma once

#include "config/config.h"

#include <optional>
#include <string>

namespace bascule::daemon {

struct RunOptions {
    std::string config_file;
    std::string listen;  ///< where the one listener is instead; empty: where the file says
    /// `bascule watch`: the log goes to stdout and tells exchanges first of all.
    struct Watch {
        bool headers = false;
        bool body = false;
        bool json = false;
        std::string har{};         ///< a file, or empty
        std::string if_nothing{};  ///< said at the end to who sits before a window, where nothing came
    };
    std::optional<Watch> watch{};
};

/// The file with the options laid over it; problems of both.
config::Loaded load_for_run(const RunOptions& options);

/// `bascule run`: reads the configuration, opens everything, serves until a signal ends it. The exit code.
int run_server(const RunOptions& options);

}  // namespace bascule::daemon
