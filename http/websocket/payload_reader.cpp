#include "http/websocket/payload_reader.h"

namespace bascule::http::websocket {

void PayloadReader::begin(bool compressed) {
    compressed_ = compressed;
    encoded_ = decoded_ = 0;
    if (compressed && !unreadable_ && !inflater_) inflater_ = std::make_unique<Inflater>(agreed_, bounds_);
}

void PayloadReader::take(ByteView octets, Messages& told) {
    encoded_ += octets.size();
    if (compressed_) return inflate(octets, told);
    decoded_ += octets.size();
    told.payload(up_, octets);
}

void PayloadReader::inflate(ByteView octets, Messages& told) {
    if (unreadable_) return;
    const bool good = inflater_->take(octets, [&](ByteView piece) {
        decoded_ += piece.size();
        told.payload(up_, piece);
        return true;
    });
    if (!good) give_up(told);
}

std::optional<std::uint64_t> PayloadReader::end(Messages& told) {
    if (compressed_ && !unreadable_) end_inflating(told);
    return compressed_ && unreadable_ ? std::nullopt : std::optional(decoded_);
}

void PayloadReader::end_inflating(Messages& told) {
    const bool good = encoded_ == 0 || inflater_->end_message([&](ByteView piece) {
        decoded_ += piece.size();
        told.payload(up_, piece);
        return true;
    });
    if (!good) return give_up(told);
    if (!agreed_.takeover) inflater_.reset();
}

void PayloadReader::give_up(Messages& told) {
    const auto& why = inflater_->why();
    unreadable_ = true;
    told.unreadable(up_,
                    why.empty() ? "a message ends within a block of its compression (RFC 7692 section 7.2.1)" : why);
    inflater_.reset();
}

}  // namespace bascule::http::websocket
