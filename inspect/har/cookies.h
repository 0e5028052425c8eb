#pragma once

#include "inspect/message.h"

#include <string>
#include <vector>

namespace bascule::inspect {

struct Cookie {
    std::string name, value;
    std::string path, domain;  ///< of Set-Cookie
    bool http_only = false, secure = false;
};

/// RFC 6265 section 4.2: of all Cookie fields.
std::vector<Cookie> sent_cookies(const HeaderFields& fields);
/// RFC 6265 section 4.1: one of each Set-Cookie field.
std::vector<Cookie> set_cookies(const HeaderFields& fields);

}  // namespace bascule::inspect
