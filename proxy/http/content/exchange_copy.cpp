#include "proxy/http/content/exchange_copy.h"

namespace bascule::proxy {

void ExchangeCopy::ask(const http::RequestView& head, std::string_view scheme, std::string_view authority) {
    request_.begin({.version = std::string(head.version),
                    .method = std::string(head.method),
                    .scheme = std::string(head.scheme.empty() ? scheme : head.scheme),
                    .authority = std::string(head.authority.empty() ? authority : head.authority),
                    .path = std::string(head.path),
                    .reason = {},
                    .fields = copy_of(head.fields),
                    .octets = head.head_bytes});
}

void ExchangeCopy::answer(const http::ResponseView& head) {
    answer_.begin({.version = std::string(head.version),
                   .method = {},
                   .scheme = {},
                   .authority = {},
                   .path = {},
                   .status = static_cast<std::uint32_t>(head.status),
                   .reason = std::string(head.reason),
                   .fields = copy_of(head.fields),
                   .octets = head.head_bytes});
}

void ExchangeCopy::keep(const inspect::SocketMessage& message) {
    const auto size = sizeof message + message.body.size();
    if (size > room_.left) {
        ++not_kept_;
        return;
    }
    room_.left -= size;
    charged_ += size;
    socket_.push_back(message);
}

}  // namespace bascule::proxy
