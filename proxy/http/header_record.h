#pragma once

#include "http/exchanges.h"

#include <string>
#include <utility>
#include <vector>

namespace bascule::proxy {

class Connection;

/// The fields that log.headers asks for, names in lower case, those of log.redact as a keyed hash: equal secrets can be
/// seen to be equal, within one run of the daemon. A name that occurs again is joined with a comma (RFC 9110 section
/// 5.3). At most a hundred names, and of values a KiB or two.
void record_headers(const Connection& connection, http::FieldViews fields,
                    std::vector<std::pair<std::string, std::string>>& headers);

/// `hash:` and 16 hexadecimal digits of HMAC-SHA-256 with a key made at start.
std::string redacted(std::string_view value);

}  // namespace bascule::proxy
