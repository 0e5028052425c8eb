#include "http/grpc_messages.h"

#include <algorithm>

namespace bascule::http {

void GrpcMessages::take(ByteView octets) {
    while (!octets.empty()) {
        if (prefix_ < kPrefix) {
            left_ = prefix_ == 0 ? 0 : left_ << 8 | octets.front();
            ++prefix_;
            octets = octets.subspan(1);
        } else {
            const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(left_, octets.size()));
            left_ -= some;
            octets = octets.subspan(some);
        }
        if (prefix_ == kPrefix && left_ == 0) {
            ++count_;
            prefix_ = 0;
        }
    }
}

}  // namespace bascule::http
