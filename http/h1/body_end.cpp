#include "http/h1/body_end.h"

#include "http/h1/grammar.h"

#include <utility>

namespace bascule::http {
namespace {

constexpr std::size_t kLongestChunkLine = 1_KiB;
constexpr std::size_t kMostDigits = 16;
constexpr std::size_t kLargestTrailers = 16_KiB;

std::optional<unsigned> hex_digit(std::uint8_t octet) {
    if (octet >= '0' && octet <= '9') return octet - '0';
    const auto lower = octet | 0x20;
    if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
    return std::nullopt;
}

}  // namespace

BodyEnd::BodyEnd(Framing framing)
    : chunked_(std::holds_alternative<Chunked>(framing)), endless_(std::holds_alternative<UntilClose>(framing)) {
    if (const auto* length = std::get_if<Length>(&framing)) left_ = length->octets;
    if (chunked_) state_ = State::size;
    if (endless_ || left_ > 0) state_ = State::data;
}

ByteView BodyEnd::take_data(ByteView octets) {
    if (endless_) return octets;
    const auto content = octets.first(std::min<std::uint64_t>(left_, octets.size()));
    left_ -= content.size();
    if (left_ == 0) state_ = chunked_ ? State::data_cr : State::ended;
    return content;
}

std::optional<BodyEnd::Taken> BodyEnd::take_run(ByteView octets) {
    Taken taken;
    while (taken.octets < octets.size() && state_ != State::ended && taken.content.empty()) {
        if (state_ == State::data) {
            taken.content = take_data(octets.subspan(taken.octets));
            taken.octets += taken.content.size();
        } else {
            step(octets[taken.octets++]);
        }
        if (state_ == State::broken) return std::nullopt;
        if (state_ == State::trailer && trailers_.empty()) break;
    }
    return taken;
}

std::optional<std::size_t> BodyEnd::take(ByteView octets) {
    std::size_t total = 0;
    while (total < octets.size() && !ended()) {
        const auto taken = take_run(octets.subspan(total));
        if (!taken) return std::nullopt;
        total += taken->octets;
    }
    return total;
}

/// RFC 9112 section 7.1, one octet of the framing. What is not expected breaks it.
void BodyEnd::step(std::uint8_t octet) {
    const bool cr = octet == '\r';
    const bool lf = octet == '\n';
    const bool text = is_text(static_cast<char>(octet));
    ++line_;
    switch (std::exchange(state_, State::broken)) {
        case State::size:
            step_size(octet);
            return;
        case State::extension:
            if (cr) state_ = State::size_lf;
            if (text && line_ <= kLongestChunkLine) state_ = State::extension;
            return;
        case State::size_lf:
            if (lf) state_ = left_ > 0 ? State::data : State::trailer;
            line_ = 0;
            return;
        case State::data_cr:
            if (cr) state_ = State::data_lf;
            return;
        case State::data_lf:
            if (lf) state_ = State::size;
            line_ = 0;
            return;
        case State::trailer:
            state_ = trailer_start(octet);
            break;
        case State::trailer_name:
            if (line_ <= kLargestTrailers && is_token(static_cast<char>(octet))) state_ = State::trailer_name;
            if (octet == ':') state_ = State::trailer_line;
            break;
        case State::trailer_line:
            if (cr) state_ = State::trailer_lf;
            if (text && line_ <= kLargestTrailers) state_ = State::trailer_line;
            break;
        case State::trailer_lf:
            if (lf) state_ = State::trailer;
            break;
        case State::end_lf:
            if (lf) state_ = State::ended;
            return;
        case State::data:
        case State::ended:
        case State::broken:
            return;
    }
    if (state_ != State::end_lf) trailers_ += static_cast<char>(octet);
}

void BodyEnd::step_size(std::uint8_t octet) {
    if (line_ == 1) left_ = 0;
    if (const auto digit = hex_digit(octet); digit && line_ <= kMostDigits) {
        left_ = left_ << 4 | *digit;
        state_ = State::size;
    } else if (left_ > kLargestLength) {
        return;
    } else if (line_ > 1 && octet == ';') {
        state_ = State::extension;
    } else if (line_ > 1 && octet == '\r') {
        state_ = State::size_lf;
    }
}

BodyEnd::State BodyEnd::trailer_start(std::uint8_t octet) const {
    if (octet == '\r') return State::end_lf;
    return line_ <= kLargestTrailers && is_token(static_cast<char>(octet)) ? State::trailer_name : State::broken;
}

}  // namespace bascule::http
