#pragma once

#include "base/address.h"
#include "base/place.h"
#include "rules/name_set.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Facts in, verdict out. Everything here is pure and, once compiled, immutable: one RuleSet serves all workers.
namespace bascule::rules {

enum class Action : std::uint8_t { intercept, passthrough, block };
enum class Protocol : std::uint8_t { tls, http, other };

std::string_view name_of(Action action);
std::string_view name_of(Protocol protocol);

/// `CIDR`, `CIDR:port`, `[CIDR6]:port`.
struct DestinationPattern {
    Cidr block;
    std::optional<std::uint16_t> port;

    static std::optional<DestinationPattern> parse(std::string_view text);
    bool matches(const SocketAddress& address) const;
    auto operator<=>(const DestinationPattern&) const = default;
};

/// The conditions of one rule. Values in one key are alternatives, all present keys must hold; an absent key
/// (nothing, or an empty list) holds always.
struct Match {
    std::vector<std::string> listener{};
    std::vector<Cidr> source{};
    std::vector<DestinationPattern> destination{};
    std::vector<std::uint16_t> port{};
    std::shared_ptr<const NameSet> server_name{};  ///< null: not asked
    std::vector<std::string> alpn{};               ///< any of these offered by the client
    std::vector<Protocol> protocol{};

    auto operator<=>(const Match&) const = default;  ///< names: the same set, not the same names
};

struct Rule {
    std::string name;
    Place place;
    Match match;
    Action action = Action::intercept;
};

/// What is known of a connection when it is judged. A fact that is not known yet is absent, which is not the same
/// as known to be empty: `server_name` "" is a hello without a name, and matches no name.
struct Facts {
    std::string_view listener;
    IpAddress source;
    std::uint16_t port = 0;
    std::optional<SocketAddress> destination;
    std::optional<std::string_view> server_name;  ///< lower-case A-labels, or an address in text form
    std::optional<std::span<const std::string>> alpn;
    std::optional<Protocol> protocol;
};

/// `index` counts the rules from 0 in the order written; absent where none matched and the default, intercept, holds.
struct Verdict {
    std::optional<std::size_t> index;
    Action action = Action::intercept;
    std::string_view name = "default";  ///< lives as long as the RuleSet
    std::string rule_at;                ///< file:line, empty for the default
    bool matched_name = false;          ///< the rule asked for the server name
    /// An earlier rule, which would have done something else, was missed for its server name alone.
    bool missed_name = false;
};

/// The first rule that might match cannot be judged without this fact.
enum class Missing : std::uint8_t { destination, hello };

class RuleSet {
  public:
    explicit RuleSet(std::vector<Rule> rules);

    /// First match wins. A rule that holds or fails whatever the absent facts are is judged; the first one that
    /// depends on an absent fact stops the walk and names the fact (`destination` before `hello` where it needs both).
    std::variant<Verdict, Missing> judge(const Facts& facts) const;

    /// Why: for each rule up to the one that decided, the keys that failed or held, one line each, for a person.
    std::vector<std::string> explain(const Facts& facts) const;

    std::span<const Rule> rules() const { return rules_; }
    /// The earlier rule that takes every connection that this one could match, so that it never does; null: none is
    /// known to (lists of names are not compared).
    const Rule* taken_before(std::size_t index) const;

  private:
    std::vector<Rule> rules_;
};

}  // namespace bascule::rules
