// links: bascule_tls
#include "tls/hello/client_hello.h"

#include <cstdlib>

using namespace bascule;
using namespace bascule::tls;

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

/// However an opening arrives, the answer is the same; a hello is whole exactly where it says that it ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView opening(data, size);
    const auto whole = parse_client_hello(opening);
    const std::size_t step = size > 0 ? 1 + data[size - 1] % 16 : 1;
    HelloReader reader;
    HelloResult last;
    for (std::size_t length = 0; last.state == HelloState::need_more; length += step) {
        last = reader.read(opening.first(std::min(length, size)));
        if (length >= size) break;
    }
    check(last.state == whole.state && last.fault == whole.fault);
    check((whole.state == HelloState::malformed) == !whole.fault.empty());
    if (whole.state != HelloState::complete) return 0;
    check(whole.hello.size <= size && whole.hello.size <= kLargestHello);
    check(parse_client_hello(opening.first(whole.hello.size - 1)).state == HelloState::need_more);
    check(whole.hello.ja4().size() == 36 && whole.hello.ja4() == last.hello.ja4());
    return 0;
}
