#include "daemon/announce/warnings.h"

#include "tls/hello/offer.h"
#include "tls/library.h"

#include <fmt/format.h>

#include <utility>

namespace bascule::daemon {
namespace {

void add_upstream(std::vector<Warning>& warnings, const std::string& where, const config::Upstream& upstream) {
    if (upstream.verify == config::Verify::off) {
        warnings.push_back(
            {"verification_off", where + "upstream.verify is off: certificates of origins are not verified"});
    }
    if (upstream.legacy) {
        warnings.push_back({"legacy_tls", where +
                                              "upstream.legacy: origins may speak TLS 1.0 and 1.1, RSA key exchange "
                                              "and insecure renegotiation"});
    }
    if (upstream.post_quantum == config::PostQuantum::require && !tls::speaks_post_quantum()) {
        warnings.push_back({"post_quantum_missing",
                            fmt::format("{}upstream.post_quantum is require, and {} has no post-quantum groups: "
                                        "clients that offer one are refused",
                                        where, tls::library_loaded())});
    }
}

}  // namespace

std::vector<Warning> warnings_of(const config::Config& config) {
    std::vector<Warning> warnings;
    add_upstream(warnings, "", *config.upstream);
    const auto rules = config.rules->rules();
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto& settings = config.settings[i];
        const auto where = fmt::format("rule {} ({}:{}): ", rules[i].name, rules[i].place.file, rules[i].place.line);
        if (settings.upstream != config.upstream) add_upstream(warnings, where, *settings.upstream);
        if (settings.keys) {
            warnings.push_back({"key_log_on", fmt::format("{}TLS secrets are written to {}: who reads it can decrypt "
                                                          "what was recorded of these connections",
                                                          where, settings.keys->value)});
        }
    }
    return warnings;
}

}  // namespace bascule::daemon
