#pragma once

#include "config/config.h"
#include "daemon/commands.h"
#include "inspect/json.h"

#include <expected>
#include <string>
#include <vector>

/// What message rules would do with one exchange, for `bascule explain`.
namespace bascule::daemon {

struct ExplainedExchange {
    struct Action {
        std::string name, rule, at, side;
    };
    struct Reason {
        std::string rule, at, outcome, why;
    };
    std::string asked;            ///< "GET https://api.example/v1"
    std::string way;              ///< of the connection: acted, watched, or that it is not looked into
    std::vector<Action> actions;  ///< in order
    std::vector<Reason> reasons;  ///< one for each rule

    /// The connection is not looked into, so that nothing is done.
    void leave(const std::string& why);
    /// `METHOD URL: WAY`, `ACTION RULE FILE:LINE SIDE` for each action, then why, for each rule.
    std::vector<std::string> lines() const;
    void add_to(inspect::JsonObject& json) const;
};

/// Else what is wrong with an option.
std::expected<ExplainedExchange, std::string> explain_exchange(const config::Config& config,
                                                               const rules::Facts& connection,
                                                               const ExchangeOptions& options);

}  // namespace bascule::daemon
