#pragma once

#include "config/config.h"

#include <optional>
#include <string>
#include <vector>

/// The commands that do their work and end. Each returns the exit code: 0 done, 1 failed, 2 wrong usage or
/// configuration.
namespace bascule::daemon {

/// Prints problems to stderr, one per line; the exit code.
int tell(const std::vector<config::Problem>& problems);

/// Everything that `run` would find wrong without touching the network. Silent when all is well.
int check(const std::string& config_file);

/// A message as the options have it; without a URL nothing is asked.
struct ExchangeOptions {
    std::string method = "GET";
    std::string url{};
    std::vector<std::string> headers{};  ///< NAME:VALUE
    std::optional<int> status{};         ///< absent: the response is not known
    std::vector<std::string> response_headers{};
};

struct ExplainOptions {
    std::string listener, source, server_name, destination, alpn;
    std::string protocol;   ///< empty: that of the URL, else tls
    bool settings = false;  ///< which values apply, and from where
    bool json = false;
    ExchangeOptions exchange{};
};
/// Which rule decides, and why: `ACTION RULE FILE:LINE`, then what was assumed, and a line for each rule that was
/// asked. What refuses the connection whatever the rules say (a listener's allow, denied destinations) stands for the
/// rule. With a URL, what message rules would do with it, likewise.
int explain(const std::string& config_file, const ExplainOptions& options);

struct CreateCaOptions {
    std::string directory;
    std::string name = "Bascule CA";
    std::string key = "ecdsa-p256";      ///< or rsa-3072
    std::string lifetime = "5y";         ///< years, or as parse_duration reads it
    std::vector<std::string> permitted;  ///< name constraints
    std::vector<std::string> excluded;
};
/// Writes ca.crt and ca.key (mode 0600) into a directory, which is made if need be, never over existing files; prints
/// the fingerprint and how clients come to trust the CA.
int create_ca(const CreateCaOptions& options);

int print_schema();
int print_version();

}  // namespace bascule::daemon
