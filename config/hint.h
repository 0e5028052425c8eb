#pragma once

#include "config/keys.h"
#include "config/yaml.h"

#include <optional>
#include <string>

namespace bascule::config {

/// What is wrong with a value, where people make the same mistake again and again: a block with bits beyond its prefix,
/// a port above 65535, an old version of TLS. For a person; nothing: no such mistake.
std::optional<std::string> usual_mistake(const Key& key, const Node& node);

/// The same of the line that the YAML parser gave up at: a tab, an address in brackets without quotes.
std::optional<std::string> usual_mistake_in_line(std::string_view line);

}  // namespace bascule::config
