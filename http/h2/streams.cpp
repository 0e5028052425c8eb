#include "http/h2/streams.h"

#include "http/h2/bad.h"

#include <algorithm>

namespace bascule::http::h2 {
namespace {

// Servers allow 100 to some thousands at a time; each costs about 200 octets here.
constexpr std::size_t kMostOpen = 10'000;
// All that a client has open can be cancelled at once, and its frames be on their way: 4 KiB for each direction.
constexpr std::size_t kMostGivenUp = 1024;

}  // namespace

void Content::take(std::uint64_t octets, bool is_last) {
    seen_ += octets;
    if (is_forbidden_ && octets > 0) refuse("content of an answer that has none (RFC 9110 section 6.4.1)");
    if (is_forbidden_ || !length_) return;
    if (seen_ > *length_) refuse("more content than content-length says (RFC 9113 section 8.1.1)");
    if (is_last && seen_ < *length_) refuse("less content than content-length says (RFC 9113 section 8.1.1)");
}

void GivenUp::add(std::uint32_t id) {
    if (ids_.size() < kMostGivenUp) return ids_.push_back(id);
    ids_[oldest_] = id;
    oldest_ = (oldest_ + 1) % kMostGivenUp;
}

bool GivenUp::has(std::uint32_t id) const {
    return std::ranges::find(ids_, id) != ids_.end();
}

Stream* Streams::find(std::uint32_t id) {
    const auto found = open_.find(id);
    return found == open_.end() ? nullptr : &found->second;
}

void Streams::note(std::uint32_t id) {
    (is_of_client(id) ? newest_of_client_ : newest_promised_) = id;
}

Stream& Streams::open(std::uint32_t id, const Stream& stream) {
    if (open_.size() >= kMostOpen) flooded("more than 10,000 streams are open (RFC 9113 section 5.1.2)");
    note(id);
    return open_.emplace_hint(open_.end(), id, stream)->second;
}

void Streams::open_in_vain(std::uint32_t id, bool up) {
    note(id);
    given_up_[up ? 1 : 0].add(id);
}

void Streams::close(std::uint32_t id) {
    open_.erase(id);
}

void Streams::give_up(std::uint32_t id, bool by_up) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    if (!found->second.half(!by_up).ended) given_up_[by_up ? 0 : 1].add(id);
    open_.erase(found);
}

std::vector<std::uint32_t> Streams::open_after(std::uint32_t last, bool of_client) const {
    std::vector<std::uint32_t> ids;
    for (auto at = open_.upper_bound(last); at != open_.end(); ++at) {
        if (is_of_client(at->first) == of_client) ids.push_back(at->first);
    }
    return ids;
}

}  // namespace bascule::http::h2
