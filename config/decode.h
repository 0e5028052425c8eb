#pragma once

#include "config/section.h"

/// The parts of a file, each from its section. Mistakes go to the section's context.
namespace bascule::config {

/// The whole of a regular file into `text`; else what the system says against it.
std::optional<std::string> read_file(const std::string& path, std::string& text);

/// Lay what is written over what is there.
void lay_over(const Section& section, Ca& ca);
void lay_over(const Section& section, Upstream& upstream);
void lay_over(const Section& section, Timeouts& timeouts);

Resolver decode_resolver(const Section& section);
std::vector<OwnCertificate> decode_certificates(const Section& file);
std::optional<Learn> decode_learn(const Section& file);
Limits decode_limits(const Section& section);
Log decode_log(const Section& section);

std::vector<Listener> decode_listeners(const Section& file);

/// Fills `rules` and `settings` of a configuration of which everything else is there.
void decode_rules(const Section& file, Config& config);

/// The names of `match.server_name`, with the list files they name. Null where none is written.
std::shared_ptr<const rules::NameSet> decode_names(const Section& match);

}  // namespace bascule::config
