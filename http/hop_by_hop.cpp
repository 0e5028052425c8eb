#include "http/hop_by_hop.h"

#include <array>

namespace bascule::http {
namespace {

constexpr std::array<std::string_view, 8> kHopByHop{"Connection",
                                                    "Keep-Alive",
                                                    "Proxy-Connection",
                                                    "Proxy-Authorization",
                                                    "Proxy-Authenticate",
                                                    "Proxy-Authentication-Info",
                                                    "TE",
                                                    "Upgrade"};
constexpr std::array<std::string_view, 3> kEssential{"Host", "Content-Length", "Transfer-Encoding"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::any_of(names, [&](auto other) { return equals_ignoring_case(name, other); });
}

}  // namespace

bool is_listed(std::string_view name, const Listed& listed) {
    return std::ranges::binary_search(listed, to_lower(name));
}

bool passes(std::string_view name, const Listed& listed) {
    if (is_one_of(name, kEssential)) return true;
    return !is_one_of(name, kHopByHop) && !is_listed(name, listed);
}

}  // namespace bascule::http
