#pragma once

#include "http/speaker/speaker.h"
#include "rules/message/message_rules.h"

#include <memory>
#include <optional>
#include <span>
#include <string>

/// What message rules do to heads: they change them, or answer in the origin's stead.
namespace bascule::proxy {

/// An answer of our own.
struct OwnMessage {
    http::MessageHead head;
    std::shared_ptr<const std::string> content;  ///< null: none
};

/// How the content of one message goes on.
struct ContentPlan {
    Duration delay{};                                    ///< before the head
    std::optional<std::uint64_t> truncate, abort_after;  ///< octets of content
    std::optional<rules::Drip> pace;                     ///< so many octets, each time
    const rules::Corrupt* corrupt = nullptr;             ///< of the rules
    const rules::ReplaceBody* replace = nullptr;         ///< likewise
    bool plain() const { return delay == Duration{} && !truncate && !abort_after && !pace && !corrupt && !replace; }
};

struct Done {
    ContentPlan plan;
    std::optional<OwnMessage> instead;  ///< the message goes no further
    std::vector<std::string> did;       ///< RULE:ACTION
};

/// Applies the deeds to the head, in order. `id` is the connection's, for pages.
Done apply(const rules::MessageRules& rules, std::span<const rules::Deed> deeds, http::MessageHead& head,
           std::string_view id);

/// An answer of our own, of that status, which says in a sentence why.
OwnMessage plain_answer(int status, std::string text);

}  // namespace bascule::proxy
