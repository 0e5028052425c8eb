#include "proxy/fetch/status_cache.h"

#include <algorithm>

namespace bascule::proxy {
namespace {

constexpr WallTime::duration kLongest = std::chrono::days(7);
constexpr WallTime::duration kOfNothing = std::chrono::minutes(1);

}  // namespace

void StatusCache::put(const tls::Digest& key, const tls::Staple& answer, WallTime steady, WallTime now) {
    using Status = tls::Staple::Status;
    const bool says = answer.status == Status::good || answer.status == Status::revoked;
    const auto keep = says ? std::clamp(answer.until - now, kOfNothing, kLongest) : kOfNothing;
    cache_.put(key, answer, steady + keep, 1);
}

}  // namespace bascule::proxy
