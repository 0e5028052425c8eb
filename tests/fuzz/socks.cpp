// links: bascule_proxy
#include "proxy/entry/socks.h"

#include <cstdlib>

using namespace bascule;
using namespace bascule::proxy::socks;

namespace {

constexpr std::size_t kLongestMessage = 8 + 256 + 256;

template <class Result, class Parse>
void check(const Result& result, ByteView bytes, Parse parse) {
    if (std::holds_alternative<NeedMore>(result) && bytes.size() >= kLongestMessage) std::abort();
    const auto* request = std::get_if<Request>(&result);
    if (!request) return;
    if (request->size > bytes.size() || request->target.port == 0 || request->target.host.empty()) std::abort();
    if (!std::holds_alternative<NeedMore>(parse(bytes.first(request->size - 1)))) std::abort();
}

}  // namespace

/// A message is whole exactly where it says that it ends, bounded, and asks for something.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const auto opening = parse_opening(bytes);
    check(opening, bytes, parse_opening);
    check(parse_request(bytes), bytes, parse_request);
    if (const auto* greeting = std::get_if<Greeting>(&opening)) {
        if (greeting->size > size) std::abort();
        const auto rest = bytes.subspan(greeting->size);
        check(parse_request(rest), rest, parse_request);
    }
    return 0;
}
