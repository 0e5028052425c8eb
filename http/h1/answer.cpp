#include "http/h1/answer.h"

#include "base/text.h"
#include "http/h1/bad_head.h"
#include "http/text.h"

namespace bascule::http {
namespace {

[[noreturn]] void refuse(std::string_view what) {
    throw BadHead{502, std::string(what)};
}

std::string_view last_item(std::string_view list) {
    return trimmed(list.substr(list.rfind(',') + 1));
}

/// `chunked` comes last, once, and without parameters.
void check_coding(const StatusLine& line, std::string_view coding) {
    if (line.minor == 0) refuse("Transfer-Encoding in HTTP/1.0, which has none (RFC 9112 section 6.1)");
    const auto last = last_item(coding);
    const bool once = to_lower(coding.substr(0, coding.size() - last.size())).find("chunked") == std::string::npos;
    if (!equals_ignoring_case(last, "chunked") || !once) {
        refuse("a Transfer-Encoding that does not end in chunked (RFC 9112 section 6.1)");
    }
}

void check_empty(const KnownFields& known, std::string_view what) {
    if (known.coding || (known.length && parse_length(known.length->value) > 0)) refuse(what);
}

}  // namespace

Framing check_answer(const StatusLine& line, const KnownFields& known, const Asked& asked) {
    if (line.status < 100) refuse("the status is below 100 (RFC 9110 section 15)");
    if (line.status == 101 && !asked.upgrade)
        refuse("101 Switching Protocols to a request that asked for none (RFC 9110 section 15.2.2)");
    if (is_informational(line.status) || line.status == 204 || begins_tunnel(asked, line.status)) {
        check_empty(known, "an answer without content says how long it is (RFC 9112 section 6.1)");
        return NoBody{};
    }
    if (asked.head || line.status == 304) return NoBody{};
    if (known.coding && known.length) refuse("both Content-Length and Transfer-Encoding (RFC 9112 section 6.1)");
    if (known.coding) {
        check_coding(line, known.coding->value);
        return Chunked{};
    }
    if (known.length) return Length{parse_length(known.length->value)};
    return UntilClose{};
}

}  // namespace bascule::http
