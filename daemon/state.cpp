#include "daemon/state.h"

#include <algorithm>
#include <cstdlib>

namespace bascule::daemon {

std::string state_directory() {
    const char* given = ::secure_getenv("STATE_DIRECTORY");
    const std::string list = given ? given : "";
    const auto first = list.substr(0, list.find(':'));
    return first.empty() ? "/var/lib/bascule" : first;
}

bool learns(const config::Config& config) {
    return std::ranges::any_of(config.settings, [](const config::Settings& settings) {
        using Kind = config::ClientCertificate::Kind;
        return settings.learn || settings.upstream->client_certificate.kind == Kind::passthrough;
    });
}

}  // namespace bascule::daemon
