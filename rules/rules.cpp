#include "rules/rules.h"

#include "rules/judge.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bascule::rules {
namespace {

constexpr std::size_t kActions = static_cast<std::size_t>(Action::block) + 1;

struct Judgement {
    Truth truth = Truth::yes;
    Missing missing = Missing::hello;  ///< where the truth is `maybe`
    bool missed_name = false;          ///< all but the server name holds, or may
};

/// Any condition known to fail decides; what costs most is asked last.
Judgement judge_one(const Match& match, const Facts& facts) {
    constexpr std::array kKnown{listener_holds, port_holds, source_holds,     destination_holds,
                                protocol_holds, alpn_holds, server_name_holds};
    bool open = false;
    for (const auto holds : kKnown) {
        const auto truth = holds(match, facts);
        if (truth == Truth::no) return {.truth = Truth::no, .missed_name = holds == server_name_holds};
        open = open || truth == Truth::maybe;
    }
    if (!open) return {};
    const bool needs_address = destination_holds(match, facts) == Truth::maybe;
    return {.truth = Truth::maybe, .missing = needs_address ? Missing::destination : Missing::hello};
}

}  // namespace

std::string_view name_of(Action action) {
    switch (action) {
        case Action::intercept:
            return "intercept";
        case Action::passthrough:
            return "passthrough";
        case Action::block:
            return "block";
    }
    std::unreachable();
}

std::string_view name_of(Protocol protocol) {
    switch (protocol) {
        case Protocol::tls:
            return "tls";
        case Protocol::http:
            return "http";
        case Protocol::other:
            return "other";
    }
    std::unreachable();
}

std::optional<DestinationPattern> DestinationPattern::parse(std::string_view text) {
    if (const auto block = Cidr::parse(text)) return DestinationPattern{*block, std::nullopt};
    const auto colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    const auto port = parse_port(text.substr(colon + 1));
    auto address = text.substr(0, colon);
    const bool bracketed = address.starts_with('[') && address.ends_with(']');
    if (bracketed) address = address.substr(1, address.size() - 2);
    const auto block = Cidr::parse(address);
    if (!port || !block || bracketed != (address.find(':') != address.npos)) return std::nullopt;
    return DestinationPattern{*block, port};
}

bool DestinationPattern::matches(const SocketAddress& address) const {
    return (!port || *port == address.port) && block.contains(address.ip);
}

RuleSet::RuleSet(std::vector<Rule> rules) : rules_(std::move(rules)) {}

std::variant<Verdict, Missing> RuleSet::judge(const Facts& facts) const {
    std::array<bool, kActions> missed{};  // by action: a rule that another name would have met
    for (std::size_t index = 0; index < rules_.size(); ++index) {
        const auto& rule = rules_[index];
        const auto judgement = judge_one(rule.match, facts);
        if (judgement.truth == Truth::maybe) return judgement.missing;
        if (judgement.truth == Truth::no) {
            missed[static_cast<std::size_t>(rule.action)] |= judgement.missed_name;
            continue;
        }
        missed[static_cast<std::size_t>(rule.action)] = false;
        return Verdict{.index = index,
                       .action = rule.action,
                       .name = rule.name,
                       .rule_at = rule.place.line_text(),
                       .matched_name = rule.match.server_name != nullptr,
                       .missed_name = std::ranges::find(missed, true) != missed.end()};
    }
    return Verdict{};
}

}  // namespace bascule::rules
