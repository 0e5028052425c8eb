// links: bascule_proxy
#include "proxy/entry/proxy_protocol.h"

#include <cstdlib>

using namespace bascule;
using namespace bascule::proxy;

/// A header is whole exactly where it says that it ends, and bounded.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const auto result = parse_proxy_header(bytes);
    if (const auto* header = std::get_if<ProxyHeader>(&result)) {
        if (header->size > size || header->size > 4_KiB) std::abort();
        if (header->source.has_value() != header->destination.has_value()) std::abort();
        if (!std::holds_alternative<ProxyHeaderNeedsMore>(parse_proxy_header(bytes.first(header->size - 1))))
            std::abort();
    }
    if (std::holds_alternative<ProxyHeaderNeedsMore>(result) && size >= 4_KiB) std::abort();
    return 0;
}
