#include "http/h1/response_head.h"

#include "http/h1/head_end.h"
#include "http/h1/request.h"

#include <utility>

namespace bascule::http {
namespace {

constexpr std::size_t kLargest = 16_KiB;

ResponseHead parse_whole(std::string_view text) {
    std::vector<FieldView> fields;
    const auto line = parse_answer(text, fields);
    const auto known = find_known(fields, false);
    if (known.coding) throw BadHead{502, "Transfer-Encoding to HTTP/1.0"};
    ResponseHead head{.status = line.status, .length = {}, .size = text.size()};
    if (known.length) head.length = parse_length(known.length->value);
    return head;
}

}  // namespace

std::variant<NeedMore, ResponseHead, BadHead> parse_response_head(ByteView bytes) try {
    const auto text = as_text(bytes).substr(0, kLargest);
    const auto end = HeadEnd(HeadOf::answer).find(text);
    if (end) return parse_whole(text.substr(0, *end));
    if (text.size() == kLargest) return BadHead{502, "the head is larger than 16 KiB"};
    return NeedMore{};
} catch (BadHead& bad) {
    return std::move(bad);
}

}  // namespace bascule::http
