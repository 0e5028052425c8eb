#include "http/websocket/watched.h"

#include "http/websocket/mask.h"

#include <algorithm>
#include <utility>

namespace bascule::http::websocket {
namespace {

constexpr std::size_t kUnmaskedAtOnce = 4_KiB;
constexpr std::uint16_t kNoCode = 1005;

/// What may be sent (RFC 6455 section 7.4, with what is registered since).
constexpr bool is_close_code(unsigned code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

Watched::Watched(Messages& told, const Options& options) : told_(told), deflate_(options.agreed.deflate) {
    if (!options.wants_payload) return;
    readers_ = std::make_unique<Readers>(PayloadReader(true, options.agreed.up, options.bounds),
                                         PayloadReader(false, options.agreed.down, options.bounds));
}

std::optional<std::uint16_t> Watched::close_code() const {
    return close_code_ == 0 ? std::nullopt : std::optional(close_code_);
}

void Watched::take(bool up, ByteView octets) {
    while (!octets.empty() && !stopped_) octets = step(up, octets);
}

/// Takes the rest of a frame's head, or of its payload.
ByteView Watched::step(bool up, ByteView octets) {
    Way& from = way(up);
    if (!from.frame.whole()) {
        from.frame.take(octets);
        if (from.frame.whole()) begin_frame(up);
        return octets;
    }
    const auto part = octets.first(std::min<std::uint64_t>(from.left, octets.size()));
    take_payload(up, part);
    from.left -= part.size();
    if (from.left == 0) end_frame(up);
    return octets.subspan(part.size());
}

void Watched::stop(bool up, std::string_view what) {
    stopped_ = true;
    readers_.reset();
    told_.fault(up, what);
}

// --- Frames --------------------------------------------------------------------------------------------------------

void Watched::begin_frame(bool up) {
    if (const auto fault = fault_of(up); !fault.empty()) return stop(up, fault);
    Way& from = way(up);
    from.left = from.frame.length();
    if (from.frame.is_control()) {
        if (from.left > 0) from.control = std::make_unique<Control>();
    } else if (!from.within) {
        begin_message(up);
    }
    if (from.left == 0) end_frame(up);
}

std::string_view Watched::fault_of(bool up) const {
    const Way& from = up ? up_ : down_;
    if (const auto fault = from.frame.fault(up); !fault.empty()) return fault;
    if (from.frame.compressed() && !deflate_) return "a frame has reserved bits set (RFC 6455 section 5.2)";
    if (!from.frame.is_control()) return message_fault(from);
    return from.frame.compressed() ? "a control frame is marked as compressed (RFC 7692 section 6)" : "";
}

std::string_view Watched::message_fault(const Way& from) const {
    const bool continues = from.frame.opcode() == Opcode::continuation;
    if (from.closed) return "a message goes on after Close (RFC 6455 section 5.5.1)";
    if (continues && !from.within) return "a continuation of no message (RFC 6455 section 5.4)";
    if (!continues && from.within) return "a message begins within another (RFC 6455 section 5.4)";
    if (continues && from.frame.compressed()) return "a continuation is marked as compressed (RFC 7692 section 6)";
    return {};
}

void Watched::take_payload(bool up, ByteView octets) {
    Way& from = way(up);
    if (from.frame.is_control()) {
        std::ranges::copy(octets, from.control->begin() + static_cast<std::ptrdiff_t>(from.frame.length() - from.left));
        return;
    }
    from.totals.octets += octets.size();
    from.message += octets.size();
    if (readers_) read(up, octets);
}

void Watched::end_frame(bool up) {
    Way& from = way(up);
    if (!from.frame.is_control()) {
        if (from.frame.last()) end_message(up);
        from.frame.restart();
        return;
    }
    const auto control = std::move(from.control);
    const auto payload = control ? std::span(*control).first(from.frame.length()) : std::span<std::uint8_t>();
    if (from.frame.is_masked()) unmask(payload, from.frame.mask(), 0, payload);
    end_control(up, payload);
    from.frame.restart();
}

// --- Messages ------------------------------------------------------------------------------------------------------

void Watched::begin_message(bool up) {
    Way& from = way(up);
    from.within = true;
    from.message = 0;
    from.compressed = from.frame.compressed();
    told_.begin(up, from.frame.opcode());
    if (readers_) reader(up).begin(from.compressed);
}

/// Hands a piece of the payload to the reader, without its mask.
void Watched::read(bool up, ByteView octets) {
    const Way& from = way(up);
    if (!from.frame.is_masked()) return reader(up).take(octets, told_);
    std::array<std::uint8_t, kUnmaskedAtOnce> plain;
    auto offset = from.frame.length() - from.left;
    while (!octets.empty()) {
        const auto piece = octets.first(std::min(octets.size(), plain.size()));
        unmask(piece, from.frame.mask(), offset, plain);
        reader(up).take(ByteView(plain).first(piece.size()), told_);
        octets = octets.subspan(piece.size());
        offset += piece.size();
    }
}

void Watched::end_message(bool up) {
    Way& from = way(up);
    from.within = false;
    ++from.totals.messages;
    MessageEnd message{.octets = from.message, .decoded = {}};
    if (readers_) {
        message.decoded = reader(up).end(told_);
    } else if (!from.compressed) {
        message.decoded = from.message;
    }
    told_.end(up, message);
}

void Watched::end_control(bool up, ByteView payload) {
    switch (way(up).frame.opcode()) {
        case Opcode::ping:
            return told_.ping(up, payload);
        case Opcode::pong:
            return told_.pong(up, payload);
        default:
            return end_close(up, payload);
    }
}

void Watched::end_close(bool up, ByteView payload) {
    if (payload.size() == 1) return stop(up, "a Close with one octet (RFC 6455 section 5.5.1)");
    Cursor cursor(payload);
    const auto code = cursor.u16();
    if (code && !is_close_code(*code)) return stop(up, "a Close with a code that none may send (RFC 6455 section 7.4)");
    if (std::exchange(way(up).closed, true)) return;
    if (close_code_ == 0) close_code_ = code.value_or(kNoCode);
    told_.close(up, code.value_or(kNoCode), as_text(cursor.rest()));
}

}  // namespace bascule::http::websocket
