#pragma once

#include <string>

/// `bascule learned`: the passthrough that the daemon has learned, read from and taken out of its file, whether it runs
/// or not. Each returns the exit code.
namespace bascule::daemon {

struct ForgetOptions {
    std::string client, server_name;  ///< what is forgotten is all that matches what is given
    bool all = false;
};

/// One entry a line. `config_file`, where given: says on stderr if it learns nothing.
int list_learned(const std::string& config_file, bool json);
/// Says how many were forgotten. A running daemon follows at once.
int forget_learned(const ForgetOptions& options);

}  // namespace bascule::daemon
