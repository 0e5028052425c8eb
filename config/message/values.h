#pragma once

#include "config/yaml.h"
#include "rules/message/rule.h"

/// Scalars of message rules, as config/scalar.h has them.
namespace bascule::config {

/// Where a redirection leads: a URL, or a path.
struct Location {
    std::string text;
};

bool parse(const Node& node, rules::StatusRange& out);
bool parse(const Node& node, rules::SizeRange& out);
bool parse(const Node& node, rules::RewriteTo& out);  ///< no path
bool parse(const Node& node, rules::Throttle& out);
bool parse(const Node& node, rules::Corrupt& out);
bool parse(const Node& node, rules::Drip& out);
bool parse(const Node& node, Location& out);

}  // namespace bascule::config
