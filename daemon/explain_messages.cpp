#include "daemon/explain_messages.h"

#include "base/text.h"
#include "config/message/url.h"
#include "http/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace bascule::daemon {
namespace {

using rules::MessageReason;
using Fields = std::vector<rules::Field>;

/// The values refer to the texts.
std::expected<Fields, std::string> fields_of(std::string_view option, const std::vector<std::string>& texts) {
    Fields fields;
    for (const std::string_view text : texts) {
        const auto colon = text.find(':');
        if (colon == text.npos || colon == 0)
            return std::unexpected(fmt::format("{} {}: not NAME:VALUE", option, text));
        fields.push_back(
            {.name = http::trimmed(text.substr(0, colon)), .value = http::trimmed(text.substr(colon + 1))});
    }
    return fields;
}

std::optional<std::uint64_t> size_of(const Fields& fields) {
    const auto found = std::ranges::find_if(
        fields, [](const auto& field) { return equals_ignoring_case(field.name, "content-length"); });
    return found == fields.end() ? std::nullopt : parse_size(found->value);
}

std::string_view word_of(MessageReason::Outcome outcome) {
    switch (outcome) {
        case MessageReason::Outcome::acts:
            return "acts";
        case MessageReason::Outcome::open:
            return "open";
        case MessageReason::Outcome::no:
            return "no";
        case MessageReason::Outcome::behind:
            return "behind";
    }
    std::unreachable();
}

/// On the response, too, where it is known, or where a rule does not ask for it.
std::vector<rules::Deed> deeds_of(const rules::MessageRules& rules, const rules::RequestVerdict& asked,
                                  const rules::ResponseFacts* response) {
    auto deeds = asked.deeds;
    auto later = asked.later;
    const bool is_known = response && !asked.ends;
    if (!is_known) std::erase_if(later, [&](auto rule) { return rules.rules()[rule].match.asks_response(); });
    std::ranges::copy(rules.judge(later, is_known ? *response : rules::ResponseFacts{}).deeds,
                      std::back_inserter(deeds));
    return deeds;
}

ExplainedExchange explained(const rules::MessageRules& rules, const rules::Facts& connection,
                            const rules::RequestFacts& request, const rules::ResponseFacts* response) {
    ExplainedExchange told;
    told.way = rules.may_match(connection) == rules::Reach::none ? "watched" : "acted";
    for (const auto& deed : deeds_of(rules, rules.judge(connection, request), response)) {
        const auto& rule = rules.rules()[deed.rule];
        const auto& action = rules.action(deed);
        told.actions.push_back(
            {std::string(action.name()), rule.name, rule.place.line_text(), std::string(rules::name_of(action.side))});
    }
    for (const auto& reason : rules.explain(connection, request, response)) {
        const auto& rule = rules.rules()[reason.rule];
        told.reasons.push_back({rule.name, rule.place.line_text(), std::string(word_of(reason.outcome)), reason.why});
    }
    return told;
}

}  // namespace

void ExplainedExchange::leave(const std::string& why) {
    way = "not looked into, " + why;
    actions.clear();
    reasons.clear();
}

std::vector<std::string> ExplainedExchange::lines() const {
    std::vector<std::string> lines{fmt::format("{}: {}", asked, way)};
    for (const auto& one : actions) lines.push_back(fmt::format("  {} {} {} {}", one.name, one.rule, one.at, one.side));
    for (const auto& one : reasons) {
        lines.push_back(fmt::format("  {} ({}): {}: {}", one.rule, one.at, one.outcome, one.why));
    }
    return lines;
}

void ExplainedExchange::add_to(inspect::JsonObject& json) const {
    json.text("asked", asked);
    json.text("http", way);
    json.open_list("do");
    for (const auto& one : actions) {
        json.open_item();
        json.text("action", one.name);
        json.text("rule", one.rule);
        json.text("rule_at", one.at);
        json.text("side", one.side);
        json.close();
    }
    json.close_list();
    json.open_list("message_rules");
    for (const auto& one : reasons) {
        json.open_item();
        json.text("rule", one.rule);
        json.text("rule_at", one.at);
        json.text("outcome", one.outcome);
        json.text("why", one.why);
        json.close();
    }
    json.close_list();
}

std::expected<ExplainedExchange, std::string> explain_exchange(const config::Config& config,
                                                               const rules::Facts& connection,
                                                               const ExchangeOptions& options) {
    const auto url = config::Url::parse(options.url);
    if (!url) return std::unexpected(fmt::format("--url {}: not a URL of http or https", options.url));
    const auto fields = fields_of("--header", options.headers);
    if (!fields) return std::unexpected(fields.error());
    const auto response_fields = fields_of("--response-header", options.response_headers);
    if (!response_fields) return std::unexpected(response_fields.error());

    const rules::RequestFacts request{.method = options.method,
                                      .scheme = url->scheme(),
                                      .host = url->host,
                                      .path = url->path,
                                      .query = url->query,
                                      .fields = *fields};
    const rules::ResponseFacts response{
        .status = options.status.value_or(0), .fields = *response_fields, .size = size_of(*response_fields)};
    auto told = explained(*config.messages, connection, request, options.status ? &response : nullptr);
    told.asked = fmt::format("{} {}", options.method, options.url);
    return told;
}

}  // namespace bascule::daemon
