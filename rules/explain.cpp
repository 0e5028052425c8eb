#include "base/text.h"
#include "rules/conditions.h"

#include <fmt/format.h>

#include <array>

namespace bascule::rules {
namespace {

std::string plain(const std::string& text) {
    return text;
}

std::string pattern_text(const DestinationPattern& pattern) {
    if (!pattern.port) return pattern.block.text();
    const bool v6 = !pattern.block.base().is_v4();
    return fmt::format("{}{}{}:{}", v6 ? "[" : "", pattern.block.text(), v6 ? "]" : "", *pattern.port);
}

std::string tell_listener(const Match& match, const Facts& facts) {
    return fmt::format("listener {} in {}", facts.listener, listed(match.listener, plain));
}

std::string tell_source(const Match& match, const Facts& facts) {
    return fmt::format("source {} in {}", facts.source.text(), listed(match.source, &Cidr::text));
}

std::string tell_port(const Match& match, const Facts& facts) {
    return fmt::format("port {} in {}", facts.port, listed(match.port, [](int port) { return std::to_string(port); }));
}

std::string tell_destination(const Match& match, const Facts& facts) {
    return fmt::format("destination {} in {}",
                       facts.destination ? facts.destination->text() : fmt::format("port {}", facts.port),
                       listed(match.destination, pattern_text));
}

std::string tell_server_name(const Match& match, const Facts& facts) {
    const std::string_view name = facts.server_name.value_or("");
    const auto pattern = name.empty() ? std::nullopt : match.server_name->matching(name);
    if (pattern) return fmt::format("server_name {} as {}", escape(name), *pattern);
    return fmt::format("server_name \"{}\" in a list of {}", escape(name), match.server_name->size());
}

std::string tell_alpn(const Match& match, const Facts& facts) {
    const auto offered = facts.alpn.value_or(std::span<const std::string>{});
    return fmt::format("alpn [{}] has one of {}", listed(offered, [](const auto& one) { return escape(one); }),
                       listed(match.alpn, plain));
}

std::string tell_protocol(const Match& match, const Facts& facts) {
    return fmt::format("protocol {} in {}", facts.protocol ? name_of(*facts.protocol) : "",
                       listed(match.protocol, [](Protocol one) { return name_of(one); }));
}

constexpr std::array<Condition, 7> kConditions{{
    {"listener", [](const Match& match) { return !match.listener.empty(); }, listener_holds, tell_listener},
    {"source", [](const Match& match) { return !match.source.empty(); }, source_holds, tell_source},
    {"port", [](const Match& match) { return !match.port.empty(); }, port_holds, tell_port},
    {"destination", [](const Match& match) { return !match.destination.empty(); }, destination_holds, tell_destination},
    {"server_name", [](const Match& match) { return match.server_name != nullptr; }, server_name_holds,
     tell_server_name},
    {"alpn", [](const Match& match) { return !match.alpn.empty(); }, alpn_holds, tell_alpn},
    {"protocol", [](const Match& match) { return !match.protocol.empty(); }, protocol_holds, tell_protocol},
}};

}  // namespace

std::span<const Condition> conditions() {
    return kConditions;
}

namespace {

/// Adds a line for each condition of the rule; tells what the rule as a whole comes to.
Truth explain_one(const Rule& rule, const Facts& facts, std::vector<std::string>& lines) {
    const std::string where = fmt::format("{} ({}): ", rule.name, rule.place.line_text());
    auto all = Truth::yes;
    bool any = false;
    for (const auto& condition : conditions()) {
        if (!condition.present(rule.match)) continue;
        any = true;
        const auto truth = condition.holds(rule.match, facts);
        all = std::min(all, truth);
        if (truth == Truth::maybe) {
            lines.push_back(fmt::format("{}unknown: {}", where, condition.key));
        } else {
            lines.push_back(where + (truth == Truth::yes ? "yes: " : "no: ") + condition.tell(rule.match, facts));
        }
    }
    if (!any) lines.push_back(where + "yes: it has no conditions");
    return all;
}

}  // namespace

std::vector<std::string> RuleSet::explain(const Facts& facts) const {
    std::vector<std::string> lines;
    for (const auto& rule : rules_) {
        if (explain_one(rule, facts, lines) != Truth::no) return lines;
    }
    lines.emplace_back("default: no rule matched");
    return lines;
}

}  // namespace bascule::rules
