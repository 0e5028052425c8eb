#include "inspect/record.h"

#include "inspect/event.h"

#include <array>
#include <string_view>

namespace bascule::inspect {
namespace {

constexpr std::array<std::string_view, 3> kBy{"client", "upstream", "proxy"};
constexpr std::array<std::string_view, 18> kHow{
    "close_notify", "fin",     "reset", "truncated", "blocked", "unresolved",  "refused", "unreachable", "alert",
    "unverified",   "timeout", "limit", "denied",    "loop",    "client_gone", "error",   "drain",       "killed"};
constexpr std::array<std::string_view, 8> kStep{
    "accept", "preface", "peek", "resolve", "connect", "upstream-handshake", "client-handshake", "relay"};
constexpr std::array<std::string_view, 4> kLevel{"debug", "info", "warning", "error"};
constexpr std::array<int, 4> kPriority{7, 6, 4, 3};

static_assert(kHow.size() == static_cast<std::size_t>(How::killed) + 1);
static_assert(kStep.size() == static_cast<std::size_t>(Step::relay) + 1);

}  // namespace

std::string_view name_of(By by) {
    return kBy.at(static_cast<std::size_t>(by));
}

std::string_view name_of(How how) {
    return kHow.at(static_cast<std::size_t>(how));
}

std::string_view name_of(Step step) {
    return kStep.at(static_cast<std::size_t>(step));
}

std::string_view name_of(Level level) {
    return kLevel.at(static_cast<std::size_t>(level));
}

int priority_of(Level level) {
    return kPriority.at(static_cast<std::size_t>(level));
}

}  // namespace bascule::inspect
