#pragma once

#include "base/address.h"
#include "base/duration.h"
#include "config/yaml.h"
#include "rules/rules.h"

#include <cstdint>
#include <string>

/// Scalars to values. Each `parse` tells whether the node is such a value, and leaves `out` alone where it is not.
namespace bascule::config {

bool parse(const Node& node, std::string& out);    ///< not empty
bool parse(const Node& node, bool& out);           ///< `true` or `false`, not in quotes
bool parse(const Node& node, std::uint16_t& out);  ///< plain decimal digits, no sign, no leading zero, no quotes
bool parse(const Node& node, std::uint32_t& out);
bool parse(const Node& node, Duration& out);
bool parse(const Node& node, IpAddress& out);
bool parse(const Node& node, SocketAddress& out);
bool parse(const Node& node, HostPort& out);
bool parse(const Node& node, Cidr& out);
bool parse(const Node& node, rules::DestinationPattern& out);
bool parse_size(const Node& node, std::uint64_t& out);

}  // namespace bascule::config
