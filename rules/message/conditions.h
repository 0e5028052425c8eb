#pragma once

#include "rules/message/rule.h"

#include <optional>
#include <span>
#include <string>

/// One message rule against what is known, key by key: the plain way, that the index is a short cut of.
namespace bascule::rules {

template <class About>
struct MessageCondition {
    std::string_view key;
    bool (*present)(const MessageMatch&);
    bool (*holds)(const MessageMatch&, const About&);        ///< where present
    std::string (*tell)(const MessageMatch&, const About&);  ///< "method POST in GET, HEAD"
};

std::span<const MessageCondition<RequestFacts>> request_conditions();
std::span<const MessageCondition<ResponseFacts>> response_conditions();

bool host_holds(const MessageMatch& match, std::string_view host);
bool fields_hold(const std::vector<FieldMatch>& wanted, std::span<const Field> fields);
bool response_holds(const MessageMatch& match, const ResponseFacts& response);

}  // namespace bascule::rules
