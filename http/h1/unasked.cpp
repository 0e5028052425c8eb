#include "http/h1/unasked.h"

#include "base/text.h"
#include "http/h1/answer.h"
#include "http/h1/bad_head.h"
#include "http/text.h"

#include <algorithm>

namespace bascule::http {
namespace {

bool has_item(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const auto item = list.substr(0, list.find(','));
        if (equals_ignoring_case(trimmed(item), word)) return true;
        list.remove_prefix(std::min(item.size() + 1, list.size()));
    }
    return false;
}

bool says_close(const FieldView& field) {
    return equals_ignoring_case(field.name, "connection") && has_item(field.value, "close");
}

}  // namespace

bool may_be_unasked(std::string_view text) {
    constexpr std::string_view newer = "HTTP/1.1 408 ";
    constexpr std::string_view older = "HTTP/1.0 408 ";
    const auto start = text.substr(0, newer.size());
    return newer.starts_with(start) || older.starts_with(start);
}

Framing check_unasked(const StatusLine& line, const KnownFields& known, FieldViews fields) {
    if (line.minor != 0 && std::ranges::none_of(fields, says_close))
        throw BadHead{502,
                      "a 408 that nobody asked for, and that does not close the connection (RFC 9112 section 9.2)"};
    return check_answer(line, known, {});
}

}  // namespace bascule::http
