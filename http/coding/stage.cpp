#include "http/coding/stage.h"

#include <fmt/format.h>

#include <array>

namespace bascule::http::coding {
namespace {

constexpr std::size_t kPiece = 16_KiB;
// Short content may shrink to nearly nothing; it does no harm.
constexpr std::uint64_t kRatioCountsFrom = 1_MiB;

}  // namespace

bool Stage::take(ByteView octets, Next next) {
    std::array<std::uint8_t, kPiece> piece;
    bool more_inside = false;
    while (why_.empty() && (more_inside || (!octets.empty() && can_go_on(octets)))) {
        const auto done = step(octets, piece);
        octets = octets.subspan(done.taken);
        account(done);
        if (!why_.empty()) return false;
        if (done.given > 0 && !next(ByteView(piece).first(done.given))) return false;
        if (done.taken + done.given == 0) break;
        more_inside = done.given == piece.size() && !done.ended;
    }
    return why_.empty();
}

bool Stage::can_go_on(ByteView octets) {
    if (state_ == State::ended) state_ = begin_another(octets.front()) ? State::inside : State::trailing;
    return state_ != State::trailing;
}

void Stage::account(const Step& step) {
    state_ = step.ended ? State::ended : State::inside;
    encoded_ += step.taken;
    decoded_ += step.given;
    if (step.fault) {
        why_ = fmt::format("not valid {}: {}", name_, step.fault);
    } else if (decoded_ > bounds_.decoded) {
        why_ = fmt::format("more than {} octets come out of {}: no more is decoded", bounds_.decoded, name_);
    } else if (decoded_ > kRatioCountsFrom && decoded_ / bounds_.ratio > encoded_) {
        why_ = fmt::format("more than {} octets come out of {} for each that went in: no more is decoded",
                           bounds_.ratio, name_);
    }
}

}  // namespace bascule::http::coding
