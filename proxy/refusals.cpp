#include "proxy/refusals.h"

namespace bascule::proxy {
namespace {

constexpr std::size_t kMostNames = 4096;

}  // namespace

std::uint64_t Refusals::add(const std::string& name) {
    const std::scoped_lock lock(lock_);
    if (counts_.size() >= kMostNames && !counts_.contains(name)) counts_.clear();
    return ++counts_[name];
}

}  // namespace bascule::proxy
