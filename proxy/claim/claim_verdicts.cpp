#include "proxy/claim/claim_verdicts.h"

namespace bascule::proxy {
namespace {

constexpr WallTime::duration kRememberGood = std::chrono::hours(1);
constexpr WallTime::duration kRememberBad = std::chrono::minutes(1);
constexpr std::size_t kEntryOctets = 192;  // the entry and its place in the index

}  // namespace

void ClaimVerdicts::put(const tls::Digest& key, ClaimVerdict verdict, WallTime now) {
    const auto until = now + (verdict.holds ? kRememberGood : kRememberBad);
    const auto cost = kEntryOctets + verdict.detail.size();
    cache_.put(key, std::move(verdict), until, cost);
}

}  // namespace bascule::proxy
