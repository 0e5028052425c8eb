#include "inspect/message.h"

namespace bascule::inspect {
namespace {

std::size_t held_by(const HeaderFields& fields) {
    std::size_t size = 0;
    for (const auto& [name, value] : fields) size += sizeof(fields.front()) + name.size() + value.size();
    return size;
}

}  // namespace

std::size_t held_by(const Message& message) {
    return message.body.size() + message.head.path.size() + held_by(message.head.fields) + held_by(message.trailers);
}

std::size_t held_by(const SocketMessage& message) {
    return message.body.size();
}

}  // namespace bascule::inspect
