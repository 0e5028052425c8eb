#include "inspect/message.h"

#include "inspect/utf8.h"

namespace bascule::inspect {
namespace {

std::size_t held_by(const HeaderFields& fields) {
    std::size_t size = 0;
    for (const auto& [name, value] : fields) size += sizeof(fields.front()) + name.size() + value.size();
    return size;
}

std::string_view text_of(std::string_view body, bool cut) {
    return cut ? without_cut_end(body) : body;
}

}  // namespace

std::string_view name_of(SocketMessage::Kind kind) {
    switch (kind) {
        case SocketMessage::Kind::text:
            return "text";
        case SocketMessage::Kind::binary:
            return "binary";
        default:
            return "close";
    }
}

std::string_view text_of(const Message& message) {
    return text_of(message.body, message.dropped > 0);
}

std::string_view text_of(const SocketMessage& message) {
    return text_of(message.body, message.dropped > 0);
}

std::size_t held_by(const Message& message) {
    return message.body.size() + message.head.path.size() + held_by(message.head.fields) + held_by(message.trailers);
}

std::size_t held_by(const SocketMessage& message) {
    return message.body.size();
}

}  // namespace bascule::inspect
