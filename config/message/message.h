#pragma once

#include "config/decode.h"

/// The section `http`: message rules.
namespace bascule::config {

/// Fills `messages` of a configuration of which everything else is there.
void decode_messages(const Section& file, Config& config);

rules::MessageMatch decode_message_match(const Section& match, const Config& config);

/// An action as it was read, and where mistakes about it are told.
struct WrittenAction {
    rules::MessageAction action;
    std::string path;
};
/// The list `do` of a rule; `moment` is when it acts where an action is not bound to a side: on the request, or, where
/// the rule asks for the response, on that.
std::vector<WrittenAction> decode_actions(const Section& rule, rules::Side moment);

/// What can never act, whatever comes.
void check_actions(const Section& rule, const rules::MessageMatch& match, const std::vector<WrittenAction>& actions);

/// A content from a file, read now; null: it cannot be read, which has been told.
std::shared_ptr<const std::string> read_content(const Section& section, const At<std::string>& path);
/// By the ending of a file's name.
std::string content_type_of(std::string_view path);

/// Why this is no name of a field that a rule may ask for; nothing: it is one.
std::optional<std::string> fault_in_field_name(std::string_view name);
/// The same of one that a rule may change: not those by which a message is framed.
std::optional<std::string> fault_in_changed_field(std::string_view name);

}  // namespace bascule::config
