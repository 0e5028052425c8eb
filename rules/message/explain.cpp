#include "rules/conditions.h"
#include "rules/message/conditions.h"
#include "rules/message/message_rules.h"

#include <algorithm>

namespace bascule::rules {
namespace {

/// What was asked and held so far, or the one key that did not.
class Story {
  public:
    explicit Story(MessageReason& reason) : reason_(reason) {}

    bool goes_on() const { return goes_on_; }
    void held(const std::string& told) { reason_.why += (reason_.why.empty() ? "" : ", ") + told; }
    void stop(MessageReason::Outcome outcome, std::string why) {
        goes_on_ = false;
        reason_.outcome = outcome;
        reason_.why = std::move(why);
    }

    void ask(const MessageMatch& match, const Facts& facts) {
        for (const auto& condition : conditions()) {
            if (!goes_on_ || !condition.present(match.connection)) continue;
            const auto truth = condition.holds(match.connection, facts);
            if (truth == Truth::maybe) {
                stop(MessageReason::Outcome::no, fmt::format("unknown: {}", condition.key));
            } else {
                tell(truth == Truth::yes, condition.tell(match.connection, facts));
            }
        }
    }
    template <class About>
    void ask(std::span<const MessageCondition<About>> all, const MessageMatch& match, const About& about) {
        for (const auto& condition : all) {
            if (!goes_on_ || !condition.present(match)) continue;
            tell(condition.holds(match, about), condition.tell(match, about));
        }
    }

  private:
    void tell(bool holds, const std::string& told) { holds ? held(told) : stop(MessageReason::Outcome::no, told); }

    MessageReason& reason_;
    bool goes_on_ = true;
};

std::string keys_of_response(const MessageMatch& match) {
    std::string keys;
    for (const auto& condition : response_conditions()) {
        if (condition.present(match)) keys += (keys.empty() ? "" : ", ") + std::string(condition.key);
    }
    return keys;
}

}  // namespace

void MessageRules::explain_one(MessageReason& reason, const Facts& connection, const RequestFacts& request,
                               const ResponseFacts* response) const {
    const auto& match = rules_[reason.rule].match;
    reason.outcome = MessageReason::Outcome::acts;
    Story story(reason);
    story.ask(match, connection);
    story.ask(request_conditions(), match, request);
    if (!story.goes_on()) return;
    if (match.asks_response() && !response) {
        return story.stop(MessageReason::Outcome::open, "asks for the response: " + keys_of_response(match));
    }
    if (response) story.ask(response_conditions(), match, *response);
    if (story.goes_on() && reason.why.empty()) story.held("it has no conditions");
}

std::vector<MessageReason> MessageRules::explain(const Facts& connection, const RequestFacts& request,
                                                 const ResponseFacts* response) const {
    using Outcome = MessageReason::Outcome;
    std::vector<MessageReason> reasons(rules_.size());
    const auto asked = judge(connection, request);
    const auto* ender = asked.ends ? &rules_[asked.deeds.back().rule] : nullptr;
    const auto* of_origin = asked.ends ? nullptr : response;  // an exchange that we answer has another one
    const MessageRule* replaced = nullptr;                    // by whom the response is
    for (std::uint32_t i = 0; i < rules_.size(); ++i) {
        auto& reason = reasons[i];
        reason.rule = i;
        explain_one(reason, connection, request, of_origin);
        const bool of_response = rules_[i].match.asks_response();
        const bool late = ender && &rules_[i] > ender;
        const auto* before = late ? ender : of_response ? replaced : nullptr;
        if (before && reason.outcome != Outcome::no) {
            reason.outcome = Outcome::behind;
            reason.why = fmt::format("{} ({}) has ended the exchange", before->name, before->place.line_text());
        }
        const bool ends = std::ranges::any_of(rules_[i].actions, &MessageAction::ends);
        if (of_response && ends && reason.outcome == Outcome::acts) replaced = &rules_[i];
    }
    return reasons;
}

}  // namespace bascule::rules
