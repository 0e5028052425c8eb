#pragma once

#include "rules/message/bits.h"
#include "rules/message/index.h"
#include "rules/message/rule.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bascule::rules {

/// An action of a rule, both by number in the order written.
struct Deed {
    std::uint32_t rule = 0, action = 0;

    auto operator<=>(const Deed&) const = default;
};

struct RequestVerdict {
    std::vector<Deed> deeds;  ///< on the request, in order; where the exchange `ends`, the last one ends it
    bool ends = false;
    /// The rules, in order, that act on the response or may: of those up to the one that ended the exchange, where one
    /// did, on our own answer as on an origin's.
    std::vector<std::uint32_t> later;
};

struct ResponseVerdict {
    std::vector<Deed> deeds;
    bool ends = false;
};

/// Whether rules that act can match in a connection.
enum class Reach : std::uint8_t {
    none,         ///< whatever is asked for
    other_hosts,  ///< only a request for another host than the connection's server name
    yes,
};

/// Why a rule acts, or does not.
struct MessageReason {
    enum class Outcome : std::uint8_t {
        acts,
        open,    ///< it asks for the response, which is not known
        no,      ///< a key does not hold
        behind,  ///< an earlier rule has ended the exchange
    };
    std::uint32_t rule = 0;
    Outcome outcome = Outcome::no;
    std::string why;  ///< for a person: the keys that held, or the first that does not
};

/// Rules for messages: every one that matches acts, in order, until one ends the exchange. Compiled for look-up: rules
/// that ask for hosts, paths, methods, queries or server names cost what a few would; other keys are asked of the rules
/// that these leave. Immutable, and asked by all workers at once.
class MessageRules {
  public:
    explicit MessageRules(std::vector<MessageRule> rules = {});

    /// Once for each request. A fact of the connection that is absent holds for no rule that asks for it.
    RequestVerdict judge(const Facts& connection, const RequestFacts& request) const;
    /// Once for each final response, to what `judge` left of its request.
    ResponseVerdict judge(std::span<const std::uint32_t> later, const ResponseFacts& response) const;

    /// By what is known of a connection before its first message; what is absent may be anything. Rules whose only
    /// action is `log` do not count.
    Reach may_match(const Facts& connection) const;
    /// Some rule asks for the address, so that it has to be known before messages are judged.
    bool asks_destination() const { return asks_destination_; }

    /// For each rule, in order; `response` null: not known.
    std::vector<MessageReason> explain(const Facts& connection, const RequestFacts& request,
                                       const ResponseFacts* response) const;
    /// The earlier rule that answers every request that this one could match, so that it never acts; null: none is
    /// known to.
    const MessageRule* taken_before(std::size_t index) const;

    std::span<const MessageRule> rules() const { return rules_; }
    const MessageAction& action(const Deed& deed) const { return rules_[deed.rule].actions[deed.action]; }

  private:
    /// Rules that ask the same of a connection, but for the server name.
    struct Peers {
        Match connection;
        Posting acting;
    };

    void add(std::uint32_t index, const MessageRule& rule);
    void group_by_connection();
    Bits matching_head(const Facts& connection, const RequestFacts& request) const;
    void narrow_by_server_name(Bits& rules, const Facts& connection) const;
    void narrow_by_host(Bits& rules, std::string_view host) const;
    /// Leaves rules that match some request that this one does.
    void narrow_by_sample(Bits& rules, const MessageMatch& match) const;
    void explain_one(MessageReason& reason, const Facts& connection, const RequestFacts& request,
                     const ResponseFacts* response) const;

    std::vector<MessageRule> rules_;
    Bits all_, answering_;
    Dimension<NameIndex> server_names_, hosts_;
    Dimension<TextIndex> methods_, paths_, queries_;
    std::vector<Peers> peers_;
    bool asks_destination_ = false;
};

}  // namespace bascule::rules
