#include "http/h1/unasked.h"

#include "http/h1/answer.h"
#include "http/h1/bad_head.h"
#include "http/text.h"

namespace bascule::http {

bool may_be_unasked(std::string_view text) {
    constexpr std::string_view newer = "HTTP/1.1 408 ";
    constexpr std::string_view older = "HTTP/1.0 408 ";
    const auto start = text.substr(0, newer.size());
    return newer.starts_with(start) || older.starts_with(start);
}

Framing check_unasked(const StatusLine& line, const KnownFields& known, FieldViews fields) {
    if (line.minor != 0 && !lists(fields, "Connection", "close"))
        throw BadHead{502,
                      "a 408 that nobody asked for, and that does not close the connection (RFC 9112 section 9.2)"};
    return check_answer(line, known, {});
}

}  // namespace bascule::http
