#pragma once

#include "http/exchanges.h"

#include <string_view>
#include <vector>

/// The grammar of heads (RFC 9112 sections 2 to 5), by Boost.Beast. What is parsed is a whole head; what it means is
/// not looked at.
namespace bascule::http {

/// Views into the text they were parsed from.
struct RequestLine {
    std::string_view method;
    std::string_view target;
    int minor = 1;  ///< HTTP/1.x
};
struct StatusLine {
    int minor = 1;
    int status = 0;
    std::string_view reason{};
};

/// Fields are appended to `fields`. Throws BadHead (400).
RequestLine parse_request(std::string_view text, std::vector<FieldView>& fields);
StatusLine parse_answer(std::string_view text, std::vector<FieldView>& fields);

}  // namespace bascule::http
