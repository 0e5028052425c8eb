#include "proxy/one_at_a_time.h"

namespace bascule::proxy {

OneAtATime::Turn::Turn(OneAtATime& questions, net::EventLoop& loop, const tls::Digest& key)
    : questions_(questions), key_(key) {
    questions_.over_.emplace(key, std::make_shared<net::Event>(loop));
}

OneAtATime::Turn::~Turn() {
    const auto entry = questions_.over_.extract(key_);
    entry.mapped()->set();
}

std::shared_ptr<net::Event> OneAtATime::under_way(const tls::Digest& key) const {
    const auto found = over_.find(key);
    return found == over_.end() ? nullptr : found->second;
}

}  // namespace bascule::proxy
