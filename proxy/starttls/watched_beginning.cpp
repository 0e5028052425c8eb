#include "proxy/starttls/watched_beginning.h"

namespace bascule::proxy {
namespace {

constexpr std::uint8_t kHandshake = 0x16;
constexpr std::size_t kSignature = 6;  // a record's header and the message's type
// A preamble that a side sends in one go before its hello is not longer: files are, in which a hello may stand.
constexpr std::uint64_t kLongestPreamble = 4_KiB;

}  // namespace

WatchedBeginning::WatchedBeginning(net::EventLoop& loop, std::optional<config::StartTls> dialect, bool detect,
                                   const config::Timeouts& patience)
    : loop_(loop),
      first_bytes_(patience.first_bytes),
      peek_(patience.peek),
      dialect_(dialect ? make_dialect(*dialect) : nullptr),
      detect_(detect) {}

std::size_t WatchedBeginning::admit(bool up, ByteView octets) {
    const auto state = dialect_ ? dialect_->state() : Dialect::State::foreign;
    const bool negotiating = state == Dialect::State::asked || state == Dialect::State::agreed;
    if (detect_ && !negotiating && may_be_hello(up, octets)) return 0;
    const auto admitted = dialect_ ? dialect_->read(up, octets) : octets.size();
    if (admitted > 0) {
        side(up).said += admitted;
        side(!up).said = 0;
    }
    return admitted;
}

/// Whether they are held back: as a hello that is found, or what may become one.
bool WatchedBeginning::may_be_hello(bool up, ByteView octets) {
    Side& from = side(up);
    if (from.held == 0 && (octets.front() != kHandshake || from.said > kLongestPreamble)) return false;
    if (from.held == 0) from.since = loop_.now();
    if (octets.size() > from.held) from.latest = loop_.now();
    from.held = octets.size();
    const auto state = from.reader.read(octets).state;
    if (state == tls::HelloState::complete) {
        found_ = up;
        return true;
    }
    const bool may_become_one =
        state == tls::HelloState::need_more && octets.size() < tls::kLargestHello && loop_.now() < hold_until(up);
    if (!may_become_one) {
        from.reader = {};
        from.held = 0;
    }
    return may_become_one;
}

/// A side that has ended can neither send the rest of a hello nor answer one.
void WatchedBeginning::ended(bool) {
    detect_ = false;
}

net::Time WatchedBeginning::hold_until(bool up) const {
    const Side& from = up ? up_ : down_;
    if (from.held == 0) return net::Time::max();
    const auto whole = from.since + peek_;
    return from.held < kSignature ? std::min(whole, from.latest + first_bytes_) : whole;
}

}  // namespace bascule::proxy
