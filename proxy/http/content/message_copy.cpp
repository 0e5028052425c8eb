#include "proxy/http/content/message_copy.h"

#include "base/text.h"

#include <algorithm>

namespace bascule::proxy {
namespace {

// A window of br or zstd takes up to 16 MiB: that many at most are held by one worker for its readers.
constexpr unsigned kMostDecoders = 64;
thread_local unsigned decoders = 0;

/// All fields of that name, as one list (RFC 9110 section 5.3).
std::string codings_of(const inspect::HeaderFields& fields) {
    std::string list;
    for (const auto& [name, value] : fields) {
        if (!equals_ignoring_case(name, "content-encoding")) continue;
        list += list.empty() ? "" : ", ";
        list += value;
    }
    return list;
}

}  // namespace

inspect::HeaderFields copy_of(http::FieldViews fields) {
    inspect::HeaderFields copy;
    copy.reserve(fields.size());
    for (const auto& [name, value] : fields) copy.emplace_back(name, value);
    return copy;
}

MessageCopy::Decoding::Decoding(std::string_view codings) {
    if (codings.empty()) return;
    if (decoders == kMostDecoders) {
        why = "too much is decoded at once";
        return;
    }
    decoder = http::coding::make_decoder(codings, {});
    decoders += decoder ? 1 : 0;
    if (!decoder) why = "its coding is not known: " + escape(codings);
}

MessageCopy::Decoding::~Decoding() {
    decoders -= decoder ? 1 : 0;
}

MessageCopy::MessageCopy(Room& room, inspect::Direction direction) : room_(room) {
    message_.direction = direction;
    message_.whole = false;
}

void MessageCopy::charge(std::uint64_t octets) {
    const auto some = std::min(octets, room_.left);
    room_.left -= some;
    charged_ += some;
}

void MessageCopy::begin(inspect::MessageHead head) {
    charge(head.octets);
    message_.began = std::chrono::system_clock::now();
    message_.head = std::move(head);
}

void MessageCopy::take(ByteView octets) {
    message_.body_bytes += octets.size();
    if (!decoding_) decoding_ = std::make_unique<Decoding>(codings_of(message_.head.fields));
    if (!decoding_->decoder) return keep(octets);
    decoding_->decoder->take(octets, [this](ByteView piece) { keep(piece); });
}

void MessageCopy::keep(ByteView octets) {
    seen_ += octets.size();
    const auto room = std::min(room_.body - std::min<std::uint64_t>(message_.body.size(), room_.body), room_.left);
    const auto kept = octets.first(std::min<std::uint64_t>(octets.size(), room));
    message_.body += as_text(kept);
    charge(kept.size());
}

void MessageCopy::note_trailers(http::FieldViews fields) {
    message_.trailers = copy_of(fields);
}

/// What is known of the content so far.
void MessageCopy::settle() {
    message_.dropped = seen_ - message_.body.size();
    if (!decoding_) return;
    const auto* decoder = decoding_->decoder.get();
    message_.undecoded = decoder ? decoder->why() : decoding_->why;
    if (decoder && decoder->why().empty()) message_.decoded_bytes = seen_;
}

void MessageCopy::end() {
    settle();
    decoding_.reset();
    message_.whole = true;
}

const inspect::Message& MessageCopy::message() {
    settle();
    return message_;
}

}  // namespace bascule::proxy
