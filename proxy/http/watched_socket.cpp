#include "proxy/http/watched_socket.h"

#include "base/text.h"

namespace bascule::proxy {

void WatchedSocket::begin(bool up, http::websocket::Opcode kind) {
    if (copy_) copy_->begin(up, kind);
}

void WatchedSocket::payload(bool up, ByteView octets) {
    copy_->take(up, octets);
}

void WatchedSocket::end(bool up, const http::websocket::MessageEnd& message) {
    if (copy_) copy_->end(up, message);
}

void WatchedSocket::close(bool up, std::uint16_t code, std::string_view reason) {
    if (copy_) copy_->close(up, code, reason);
}

void WatchedSocket::fault(bool up, std::string_view what) {
    by_client_ = up;
    fault_ = what;
}

void WatchedSocket::tell(inspect::WebSocketRecord& record) const {
    const auto& up = reader_.totals(true);
    const auto& down = reader_.totals(false);
    record.messages_up = up.messages;
    record.messages_down = down.messages;
    record.bytes_up = up.octets;
    record.bytes_down = down.octets;
    if (const auto code = reader_.close_code()) record.close_code = *code;
    if (fault_.empty()) return;
    record.end = {by_client_ ? inspect::By::client : inspect::By::upstream, inspect::ExchangeHow::error,
                  fault_ + "; not counted from there on"};
}

std::unique_ptr<WatchedSocket> watch_socket(http::FieldViews fields_of_answer, std::unique_ptr<SocketCopy> copy) {
    std::string extensions;
    for (const auto& [name, value] : fields_of_answer) {
        if (!equals_ignoring_case(name, "sec-websocket-extensions")) continue;
        extensions += extensions.empty() ? "" : ", ";
        extensions += value;
    }
    const auto agreed = http::websocket::parse_extensions(extensions);
    if (!agreed) return nullptr;
    const http::websocket::Options options{.agreed = *agreed, .wants_payload = copy != nullptr, .bounds = {}};
    return std::make_unique<WatchedSocket>(options, std::move(copy));
}

}  // namespace bascule::proxy
