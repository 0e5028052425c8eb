// links: bascule_http
#include "http/h1/body_end.h"
#include "http/h1/forward.h"
#include "http/h1/head.h"
#include "http/h1/head_end.h"

#include <cstdlib>

using namespace bascule;
using namespace bascule::http;

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

/// What is sent to the origin is a head again, with the same method and the same body.
void check_forwarded(const RequestHead& head) {
    const auto target = parse_absolute_target(head.target);
    if (!target) return;
    const auto result = parse_request_head(as_bytes(for_origin(head, *target)));
    if (const auto* bad = std::get_if<BadHead>(&result)) {
        check(bad->status == 431);
        return;
    }
    const auto& forwarded = std::get<RequestHead>(result);
    check(forwarded.method == head.method && forwarded.body.index() == head.body.index());
    check(*forwarded.field("Host") == target->authority.text() || target->authority.port == 80);
}

/// A body ends at the same octet whole and in parts.
void check_body(Framing framing, ByteView octets) {
    BodyEnd whole(framing);
    const auto taken = whole.take(octets);
    check(!taken || *taken <= octets.size());
    BodyEnd parts(framing);
    std::size_t total = 0;
    for (const auto& octet : octets) {
        const auto one = parts.take({&octet, 1});
        check(one.has_value() || !taken);
        if (!one) return;
        total += *one;
    }
    check(taken == total && parts.ended() == whole.ended());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    looks_like_http(bytes);
    check_body(Chunked{}, bytes);
    const auto result = parse_request_head(bytes);
    check(!std::holds_alternative<NeedMore>(result) || size < kLargestHead + 2);
    const auto* head = std::get_if<RequestHead>(&result);
    if (!head) return 0;
    check(head->size <= size && looks_like_http(bytes.first(head->size)) == true);
    check(std::holds_alternative<NeedMore>(parse_request_head(bytes.first(head->size - 1))));
    check_forwarded(*head);
    check_body(head->body, bytes.subspan(head->size));
    return 0;
}
