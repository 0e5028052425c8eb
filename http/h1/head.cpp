#include "http/h1/head.h"

#include "base/text.h"
#include "http/h1/head_end.h"
#include "http/h1/request.h"

#include <algorithm>
#include <utility>

namespace bascule::http {
namespace {

RequestHead copy_of(const RequestLine& line, FieldViews fields) {
    RequestHead head{std::string(line.method), std::string(line.target), line.minor, {}, {}, 0};
    for (const auto& [name, value] : fields) head.fields.push_back({std::string(name), std::string(value)});
    return head;
}

RequestHead parse_whole(std::string_view text) {
    std::vector<FieldView> fields;
    const auto line = parse_request(text, fields);
    auto head = copy_of(line, fields);
    head.body = check_request(line, find_known(fields, false));
    return head;
}

}  // namespace

const std::string* RequestHead::field(std::string_view name) const {
    const auto found = std::ranges::find_if(fields, [&](const Field& f) { return equals_ignoring_case(f.name, name); });
    return found == fields.end() ? nullptr : &found->value;
}

std::variant<NeedMore, RequestHead, BadHead> parse_request_head(ByteView bytes) try {
    auto text = as_text(bytes);
    if (std::string_view("\r\n").starts_with(text)) return NeedMore{};
    const std::size_t skipped = text.starts_with("\r\n") ? 2 : 0;
    text.remove_prefix(skipped);
    const auto end = HeadEnd(HeadOf::request).find(text);
    if (!end) return NeedMore{};
    auto head = parse_whole(text.substr(0, *end));
    head.size = skipped + *end;
    return head;
} catch (BadHead& bad) {
    return std::move(bad);
}

}  // namespace bascule::http
