#include "rules/message/message_rules.h"

#include "rules/conditions.h"
#include "rules/message/conditions.h"

#include <algorithm>
#include <map>

namespace bascule::rules {
namespace {

bool acts(const MessageRule& rule) {
    return std::ranges::any_of(rule.actions, &MessageAction::acts);
}

bool answers_requests(const MessageRule& rule) {
    return !rule.match.asks_response() && std::ranges::any_of(rule.actions, &MessageAction::ends);
}

bool is_of_response(const MessageAction& action) {
    return action.side == Side::response;
}

bool connection_holds(const Match& match, const Facts& facts) {
    return std::ranges::all_of(conditions(), [&](const Condition& condition) {
        return !condition.present(match) || condition.holds(match, facts) == Truth::yes;
    });
}

bool connection_may_hold(const Match& match, const Facts& facts) {
    return std::ranges::all_of(conditions(), [&](const Condition& condition) {
        return !condition.present(match) || condition.holds(match, facts) != Truth::no;
    });
}

/// The rule's actions on this side, up to one that ends the exchange; whether one did.
bool take(const MessageRule& rule, std::uint32_t index, Side side, std::vector<Deed>& deeds) {
    for (std::uint32_t i = 0; i < rule.actions.size(); ++i) {
        if (rule.actions[i].side != side) continue;
        deeds.push_back({.rule = index, .action = i});
        if (rule.actions[i].ends()) return true;
    }
    return false;
}

}  // namespace

MessageRules::MessageRules(std::vector<MessageRule> rules)
    : rules_(std::move(rules)),
      all_(rules_.size()),
      answering_(rules_.size()),
      server_names_(rules_.size()),
      hosts_(rules_.size()),
      methods_(rules_.size()),
      paths_(rules_.size()),
      queries_(rules_.size()) {
    for (std::uint32_t i = 0; i < rules_.size(); ++i) add(i, rules_[i]);
    server_names_.seal();
    hosts_.seal();
    methods_.seal();
    paths_.seal();
    queries_.seal();
    group_by_connection();
}

void MessageRules::add(std::uint32_t index, const MessageRule& rule) {
    const auto& match = rule.match;
    all_.add(index);
    if (answers_requests(rule)) answering_.add(index);
    asks_destination_ |= !match.connection.destination.empty();
    const auto names = [&](Dimension<NameIndex>& into, const Names& asked) {
        asked.set ? into.add(index, asked.written, asked.listed) : into.add_without(index);
    };
    const auto texts = [&](Dimension<TextIndex>& into, const Texts& asked) {
        asked.empty() ? into.add_without(index) : into.add(index, asked, false);
    };
    names(server_names_, match.server_name);
    names(hosts_, match.host);
    texts(methods_, match.method);
    texts(paths_, match.path);
    texts(queries_, match.query);
}

void MessageRules::group_by_connection() {
    std::map<Match, Posting> groups;
    for (std::uint32_t i = 0; i < rules_.size(); ++i) {
        if (!acts(rules_[i])) continue;
        auto connection = rules_[i].match.connection;
        connection.server_name.reset();
        groups[std::move(connection)].add(i);
    }
    for (auto& [connection, acting] : groups) {
        acting.settle(rules_.size());
        peers_.push_back({connection, std::move(acting)});
    }
}

void MessageRules::narrow_by_server_name(Bits& rules, const Facts& connection) const {
    server_names_.narrow(rules, connection.server_name.value_or(""), [&](std::uint32_t rule) {
        return server_name_holds(rules_[rule].match.connection, connection) == Truth::yes;
    });
}

void MessageRules::narrow_by_host(Bits& rules, std::string_view host) const {
    hosts_.narrow(rules, host, [&](std::uint32_t rule) { return host_holds(rules_[rule].match, host); });
}

Bits MessageRules::matching_head(const Facts& connection, const RequestFacts& request) const {
    auto rules = all_;
    narrow_by_server_name(rules, connection);
    narrow_by_host(rules, request.host);
    const auto texts = [&](const Dimension<TextIndex>& by, std::string_view text, Texts MessageMatch::* asked) {
        by.narrow(rules, text, [&](std::uint32_t rule) { return any_matches(rules_[rule].match.*asked, text); });
    };
    texts(methods_, request.method, &MessageMatch::method);
    texts(paths_, request.path, &MessageMatch::path);
    texts(queries_, request.query, &MessageMatch::query);
    return rules;
}

RequestVerdict MessageRules::judge(const Facts& connection, const RequestFacts& request) const {
    RequestVerdict verdict;
    if (rules_.empty()) return verdict;
    matching_head(connection, request).each([&](std::size_t index) {
        const auto& rule = rules_[index];
        const auto number = static_cast<std::uint32_t>(index);
        if (!connection_holds(rule.match.connection, connection)) return true;
        if (!fields_hold(rule.match.header, request.fields)) return true;
        verdict.ends = take(rule, number, Side::request, verdict.deeds);
        if (std::ranges::any_of(rule.actions, is_of_response)) verdict.later.push_back(number);
        return !verdict.ends;
    });
    return verdict;
}

ResponseVerdict MessageRules::judge(std::span<const std::uint32_t> later, const ResponseFacts& response) const {
    ResponseVerdict verdict;
    for (const auto rule : later) {
        if (!response_holds(rules_[rule].match, response)) continue;
        verdict.ends = take(rules_[rule], rule, Side::response, verdict.deeds);
        if (verdict.ends) break;
    }
    return verdict;
}

Reach MessageRules::may_match(const Facts& connection) const {
    Bits rules(rules_.size());
    for (const auto& peers : peers_) {
        if (connection_may_hold(peers.connection, connection)) peers.acting.add_to(rules);
    }
    if (connection.server_name) narrow_by_server_name(rules, connection);
    if (!rules.any()) return Reach::none;
    if (connection.server_name.value_or("").empty()) return Reach::yes;
    narrow_by_host(rules, *connection.server_name);
    return rules.any() ? Reach::yes : Reach::other_hosts;
}

}  // namespace bascule::rules
