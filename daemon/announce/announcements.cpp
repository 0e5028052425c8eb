#include "daemon/announce/announcements.h"

#include "daemon/announce/warnings.h"
#include "tls/hello/offer.h"
#include "tls/library.h"

#include <fmt/format.h>

#include <set>

namespace bascule::daemon {
namespace {

using Level = inspect::Level;

/// A CA that lives long is a risk for as long: its key may be lost unnoticed.
void warn_of_long_lived_authorities(inspect::Log& log, const proxy::Policy& policy) {
    constexpr auto longest = std::chrono::hours(24 * 366 * 5);
    std::set<const tls::Authority*> seen;
    for (const auto& settings : policy.config().settings) {
        const auto& authority = *policy.authority_for(settings);
        if (!seen.insert(&authority).second || authority.not_after() - authority.not_before() <= longest) continue;
        log.event(Level::warning, "ca_long_lived",
                  fmt::format("the CA {} is valid for more than 5 years, until {:.10}; see \"Changing the CA\" in "
                              "bascule(8)",
                              authority.subject(), format_time(authority.not_after())));
    }
}

}  // namespace

void announce_listeners(inspect::Log& log, const std::vector<OpenListener>& listeners) {
    for (const auto& listener : listeners) {
        const auto address = listener.address.text();
        log.event(Level::info, "listening", fmt::format("{} on {}", config::name_of(listener.entry->mode), address),
                  {{"listener", listener.entry->name}, {"address", address}});
    }
}

void tell_what_is_missing(inspect::Log& log) {
    if (tls::speaks_post_quantum()) return;
    log.event(Level::info, "no_post_quantum",
              fmt::format("{} has no post-quantum key exchange: clients that offer one get another (their records say "
                          "downgraded); OpenSSL 3.5 has it",
                          tls::library_loaded()));
}

void warn_of_what_is_given_up(inspect::Log& log, const proxy::Policy& policy) {
    for (const auto& warning : policy.warnings()) log.event(Level::warning, "configuration", warning.text());
    for (const auto& [event, message] : warnings_of(policy.config())) log.event(Level::warning, event, message);
    warn_of_long_lived_authorities(log, policy);
}

std::string count_of(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string status_of(std::size_t listeners, const proxy::Policy& policy) {
    return fmt::format("{}, {}, CA expires {:.10}", count_of(listeners, "listener"),
                       count_of(policy.config().rules->rules().size(), "rule"),
                       format_time(policy.authority().not_after()));
}

}  // namespace bascule::daemon
