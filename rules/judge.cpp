#include "rules/judge.h"

#include <algorithm>

namespace bascule::rules {
namespace {

Truth truth(bool holds) {
    return holds ? Truth::yes : Truth::no;
}

bool has(const auto& values, const auto& wanted) {
    return std::ranges::find(values, wanted) != std::ranges::end(values);
}

}  // namespace

Truth listener_holds(const Match& match, const Facts& facts) {
    return truth(match.listener.empty() || has(match.listener, facts.listener));
}

Truth source_holds(const Match& match, const Facts& facts) {
    const auto holds = [&](const Cidr& block) { return block.contains(facts.source); };
    return truth(match.source.empty() || std::ranges::any_of(match.source, holds));
}

Truth port_holds(const Match& match, const Facts& facts) {
    return truth(match.port.empty() || has(match.port, facts.port));
}

Truth destination_holds(const Match& match, const Facts& facts) {
    if (match.destination.empty()) return Truth::yes;
    if (facts.destination) {
        const auto holds = [&](const DestinationPattern& pattern) { return pattern.matches(*facts.destination); };
        return truth(std::ranges::any_of(match.destination, holds));
    }
    // Only the address is unknown: the port was asked for.
    const auto may_hold = [&](const DestinationPattern& pattern) {
        return !pattern.port || *pattern.port == facts.port;
    };
    return std::ranges::any_of(match.destination, may_hold) ? Truth::maybe : Truth::no;
}

Truth server_name_holds(const Match& match, const Facts& facts) {
    if (!match.server_name) return Truth::yes;
    if (!facts.server_name) return Truth::maybe;
    return truth(!facts.server_name->empty() && match.server_name->contains(*facts.server_name));
}

Truth alpn_holds(const Match& match, const Facts& facts) {
    if (match.alpn.empty()) return Truth::yes;
    if (!facts.alpn) return Truth::maybe;
    return truth(std::ranges::any_of(*facts.alpn, [&](const auto& offered) { return has(match.alpn, offered); }));
}

Truth protocol_holds(const Match& match, const Facts& facts) {
    if (match.protocol.empty()) return Truth::yes;
    if (!facts.protocol) return Truth::maybe;
    return truth(has(match.protocol, *facts.protocol));
}

}  // namespace bascule::rules
