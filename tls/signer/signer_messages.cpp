#include "tls/signer/signer_messages.h"

#include "base/error.h"

namespace bascule::tls::signing {

Bytes big_endian(std::uint64_t value, std::size_t octets) {
    Bytes out(octets);
    for (auto& octet : out) octet = static_cast<std::uint8_t>(value >> (8 * --octets));
    return out;
}

Bytes frame(Kind kind, std::uint32_t number, std::initializer_list<ByteView> body) {
    std::size_t size = kHeadSize;
    for (const auto piece : body) size += piece.size();
    if (size > kLargest) throw Error("{} octets are too many for the signer; at most {}", size, kLargest);
    Bytes out = big_endian(size - 4, 4);
    out.reserve(size);
    out.push_back(static_cast<std::uint8_t>(kind));
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
    for (const auto piece : body) out.insert(out.end(), piece.begin(), piece.end());
    return out;
}

void Inbox::add(ByteView octets) {
    octets_.erase(octets_.begin(), octets_.begin() + static_cast<std::ptrdiff_t>(std::exchange(used_, 0)));
    octets_.insert(octets_.end(), octets.begin(), octets.end());
}

std::optional<Message> Inbox::next() {
    Cursor cursor(ByteView(octets_).subspan(used_));
    const auto size = cursor.u32();
    if (!size) return std::nullopt;
    if (*size < kHeadSize - 4 || *size > kLargest - 4) throw Error("a message of {} octets is none of ours", *size);
    const auto content = cursor.take(*size);
    if (!content) return std::nullopt;
    used_ += 4 + *size;
    Cursor head(*content);
    const auto kind = *head.u8();
    const auto number = *head.u32();
    return Message{static_cast<Kind>(kind), number, head.rest()};
}

}  // namespace bascule::tls::signing
