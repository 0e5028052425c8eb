#include "config/message/message.h"

namespace bascule::config {
namespace {

rules::MessageRule decode_rule(const Section& section, const Config& config) {
    rules::MessageRule rule;
    rule.place = section.place();
    section.read("name", rule.name);
    if (const auto match = section.child("match")) rule.match = decode_message_match(*match, config);
    const auto moment = rule.match.asks_response() ? rules::Side::response : rules::Side::request;
    auto actions = decode_actions(section, moment);
    check_actions(section, rule.match, actions);
    for (auto& written : actions) rule.actions.push_back(std::move(written.action));
    return rule;
}

}  // namespace

void decode_messages(const Section& file, Config& config) {
    const auto sections = file.children("http");
    std::vector<rules::MessageRule> rules;
    rules.reserve(sections.size());
    for (const auto& section : sections) rules.push_back(decode_rule(section, config));
    name_rules(sections, rules, "http");
    config.messages = std::make_shared<const rules::MessageRules>(std::move(rules));
}

std::vector<Problem> doubts_about_messages(const Config& config) {
    std::vector<Problem> doubts;
    const auto rules = config.messages->rules();
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto* before = config.messages->taken_before(i);
        if (!before) continue;
        doubts.push_back({.place = rules[i].place,
                          .path = fmt::format("http[{}]", i),
                          .message = fmt::format("rule {} never acts: rule {} at line {} answers all that it matches; "
                                                 "put it before that one, or take it out",
                                                 rules[i].name, before->name, before->place.line)});
    }
    return doubts;
}

}  // namespace bascule::config
