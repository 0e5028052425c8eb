#include "proxy/http/answers_for_client.h"

#include "proxy/http/watch.h"

namespace bascule::proxy {

void AnswersForClient::push(ByteView octets) {
    while (!head_passed_ && !octets.empty()) octets = octets.subspan(push_head(octets));
    if (!octets.empty()) client_.push(octets);
}

std::size_t AnswersForClient::push_head(ByteView octets) {
    // An origin that leaves before the request is whole leaves octets that nobody takes.
    const bool asked = connection_.http_watch->http1()->asked();
    auto head = http::for_client(as_text(octets), asked_, closes_ || connection_.services.drain.is_set());
    if (!head.persists && !asked && !head.closes) head = http::for_client(as_text(octets), asked_, true);
    client_.push(as_bytes(head.text));
    if (http::is_informational(head.status) && head.status != 101) return head.size;
    head_passed_ = true;
    origin_persists_ = head.persists;
    closes_ = head.closes;
    connection_.awaits = Awaits::nothing;
    return head.size;
}

}  // namespace bascule::proxy
