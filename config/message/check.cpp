#include "config/message/message.h"

#include <algorithm>

namespace bascule::config {
namespace {

using rules::Side;

std::string_view first_of_response(const rules::MessageMatch& match) {
    if (!match.status.empty()) return "status";
    if (!match.content_type.empty()) return "content_type";
    return match.response_header.empty() ? "size" : "response_header";
}

/// What is known of the message that the action is about comes too late for it.
std::string too_late(const rules::MessageMatch& match) {
    return fmt::format(
        "acts on the request, which has gone when match.{} is known; move it into a rule that does not "
        "ask for the response",
        first_of_response(match));
}

std::string unreached(const WrittenAction& ender, const WrittenAction& late) {
    if (late.action.side != ender.action.side) {
        return fmt::format("acts on the response, and the rule answers by {} itself; take one of them out",
                           ender.action.name());
    }
    return fmt::format("stands behind {}, which ends the exchange; put it before, or take it out", ender.action.name());
}

}  // namespace

void check_actions(const Section& rule, const rules::MessageMatch& match, const std::vector<WrittenAction>& actions) {
    auto& problems = rule.context().problems;
    const auto tell = [&](const WrittenAction& at, std::string message) {
        problems.add(at.action.place, at.path, std::move(message));
    };
    const auto ender = std::ranges::find_if(actions, [](const auto& one) { return one.action.ends(); });
    for (auto at = actions.begin(); at != actions.end(); ++at) {
        const bool of_request = at->action.side == Side::request;
        if (of_request && match.asks_response()) {
            tell(*at, too_late(match));
        } else if (ender != actions.end() && (at > ender || at->action.side != ender->action.side)) {
            tell(*at, unreached(*ender, *at));
        }
    }
}

}  // namespace bascule::config
