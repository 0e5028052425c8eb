#pragma once

#include "rules/rules.h"

/// One rule against the facts, in three values. `maybe` is what an absent fact leaves open.
namespace bascule::rules {

enum class Truth : std::uint8_t { no, maybe, yes };

/// The conditions of a rule one by one, each `yes` where the rule does not have it.
Truth listener_holds(const Match& match, const Facts& facts);
Truth source_holds(const Match& match, const Facts& facts);
Truth port_holds(const Match& match, const Facts& facts);
Truth destination_holds(const Match& match, const Facts& facts);
Truth server_name_holds(const Match& match, const Facts& facts);
Truth alpn_holds(const Match& match, const Facts& facts);
Truth protocol_holds(const Match& match, const Facts& facts);

}  // namespace bascule::rules
