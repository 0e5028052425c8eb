#pragma once

#include "rules/message/message_rules.h"
#include "tests/support/catch.h"

#include <initializer_list>
#include <string>
#include <string_view>

/// Message rules as short as tests want them.
namespace bascule::rules {

inline Texts texts(std::initializer_list<std::string_view> written,
                   TextPattern::Case letters = TextPattern::Case::counts) {
    Texts patterns;
    for (const auto one : written) patterns.push_back(TextPattern::parse(one, letters).value());
    return patterns;
}

inline Names names(std::initializer_list<std::string_view> written) {
    NameSet set;
    Names made;
    for (const auto one : written) {
        made.written.push_back(NamePattern::parse(one).value());
        REQUIRE_FALSE(set.add(made.written.back()));
    }
    REQUIRE_FALSE(set.seal());
    made.set = std::make_shared<const NameSet>(std::move(set));
    return made;
}

/// As from a list file: known as a set alone.
inline Names listed_names(std::initializer_list<std::string_view> written) {
    return {.set = names(written).set, .written = {}, .listed = true};
}

inline MessageMatch with_server_name(Names asked, MessageMatch match = {}) {
    match.connection.server_name = asked.set;
    match.server_name = std::move(asked);
    return match;
}

inline MessageAction on_request(MessageAction::What what) {
    return {.side = Side::request, .what = std::move(what)};
}
inline MessageAction on_response(MessageAction::What what) {
    return {.side = Side::response, .what = std::move(what)};
}

inline MessageRule message_rule(std::string name, MessageMatch match, std::vector<MessageAction> actions) {
    return {
        .name = std::move(name), .place = {"b.yaml", 7, 5}, .match = std::move(match), .actions = std::move(actions)};
}

inline Facts facts_of_connection() {
    Facts facts;
    facts.listener = "apps";
    facts.source = IpAddress::parse("10.0.0.7").value();
    facts.port = 443;
    facts.protocol = Protocol::tls;
    facts.server_name = "api.example";
    return facts;
}

/// "first:block second:delay", in the order of the deeds.
inline std::string told(const MessageRules& rules, const std::vector<Deed>& deeds) {
    std::string text;
    for (const auto& deed : deeds) {
        text +=
            (text.empty() ? "" : " ") + rules.rules()[deed.rule].name + ":" + std::string(rules.action(deed).name());
    }
    return text;
}

}  // namespace bascule::rules
