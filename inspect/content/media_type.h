#pragma once

#include "inspect/message.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the content of a message is, by what its head says.
namespace bascule::inspect {

/// The first field of that name, case ignored; empty: none.
std::string_view field_of(const HeaderFields& fields, std::string_view name);

/// `application/json` of `Application/JSON; charset=utf-8`.
std::string media_type_of(const HeaderFields& fields);

/// RFC 6838's suffix +json too.
bool is_json(std::string_view media_type);

/// The fields of a query or a form (application/x-www-form-urlencoded), decoded; what is no %XX stays as it is.
std::vector<std::pair<std::string, std::string>> form_fields(std::string_view text);

}  // namespace bascule::inspect
