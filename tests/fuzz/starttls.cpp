// links: bascule_proxy
#include "proxy/starttls/dialect.h"

#include <cstdlib>

using namespace bascule;
using namespace bascule::proxy;

namespace {

/// What a dialect makes of a conversation whose turns are cut into pieces of at most `step` octets. An octet of a turn
/// that must wait is kept back, with all that its side says after it, until that side may go on.
struct Outcome {
    Dialect::State state;
    std::size_t passed[2] = {0, 0};
    bool operator==(const Outcome&) const = default;
};

void offer(Dialect& dialect, bool up, Bytes& held, Outcome& outcome) {
    const auto used = dialect.read(up, held);
    if (used > held.size()) std::abort();
    if (used < held.size() && dialect.state() != Dialect::State::agreed && !up)
        std::abort();  // only it makes a server wait
    if (used < held.size() && dialect.state() == Dialect::State::plain) std::abort();
    outcome.passed[up ? 1 : 0] += used;
    held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(used));
}

Outcome converse(config::StartTls kind, ByteView talk, std::size_t step) {
    const auto dialect = make_dialect(kind);
    Outcome outcome{};
    Bytes held[2];
    while (talk.size() >= 2) {
        const bool up = (talk[0] & 1U) != 0;
        const auto turn = talk.subspan(2, std::min<std::size_t>(talk[1], talk.size() - 2));
        talk = talk.subspan(2 + turn.size());
        for (std::size_t at = 0; at < turn.size(); at += step) {
            const auto piece = turn.subspan(at, std::min(step, turn.size() - at));
            held[up].insert(held[up].end(), piece.begin(), piece.end());
            offer(*dialect, up, held[up], outcome);
        }
        if (!up && !held[1].empty()) offer(*dialect, true, held[1], outcome);
    }
    outcome.state = dialect->state();
    return outcome;
}

}  // namespace

/// The first octet names the dialect; then turns: whose, how long, what. Wherever the turns are cut, the outcome is the
/// same, and nothing is kept back without a reason.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto kind = static_cast<config::StartTls>(data[0] % 10);
    const ByteView talk(data + 1, size - 1);
    if (converse(kind, talk, 1) != converse(kind, talk, SIZE_MAX / 2)) std::abort();
    return 0;
}
