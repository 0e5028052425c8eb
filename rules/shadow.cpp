#include "rules/cover.h"

#include <algorithm>

namespace bascule::rules {
namespace {

/// Whether each of `narrow` is among, or within one of, `wide`; an empty list holds always.
template <class List, class Covers>
bool covers(const List& wide, const List& narrow, Covers each) {
    if (wide.empty()) return true;
    return !narrow.empty() && std::ranges::all_of(narrow, [&](const auto& one) {
        return std::ranges::any_of(wide, [&](const auto& other) { return each(other, one); });
    });
}

bool same(const auto& wide, const auto& narrow) {
    return wide == narrow;
}

bool holds_block(const Cidr& wide, const Cidr& narrow) {
    return wide.contains(narrow.base()) && wide.prefix() <= narrow.prefix();
}

bool holds_destination(const DestinationPattern& wide, const DestinationPattern& narrow) {
    return holds_block(wide.block, narrow.block) && (!wide.port || wide.port == narrow.port);
}

}  // namespace

bool covers_but_names(const Match& wide, const Match& narrow) {
    const auto equal = [](const auto& a, const auto& b) { return same(a, b); };
    return covers(wide.listener, narrow.listener, equal) && covers(wide.source, narrow.source, holds_block) &&
           covers(wide.destination, narrow.destination, holds_destination) && covers(wide.port, narrow.port, equal) &&
           covers(wide.alpn, narrow.alpn, equal) && covers(wide.protocol, narrow.protocol, equal);
}

const Rule* RuleSet::taken_before(std::size_t index) const {
    const auto before = rules().first(index);
    const auto found = std::ranges::find_if(before, [&](const Rule& rule) {  // which names two lists share is not asked
        return !rule.match.server_name && covers_but_names(rule.match, rules_[index].match);
    });
    return found == before.end() ? nullptr : &*found;
}

}  // namespace bascule::rules
