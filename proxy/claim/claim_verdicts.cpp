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

ClaimProbes::Turn::Turn(ClaimProbes& probes, net::EventLoop& loop, const tls::Digest& key)
    : probes_(probes), key_(key) {
    probes_.over_.emplace(key, std::make_shared<net::Event>(loop));
}

ClaimProbes::Turn::~Turn() {
    const auto entry = probes_.over_.extract(key_);
    entry.mapped()->set();
}

std::shared_ptr<net::Event> ClaimProbes::under_way(const tls::Digest& key) const {
    const auto found = over_.find(key);
    return found == over_.end() ? nullptr : found->second;
}

}  // namespace bascule::proxy
