#include "tls/x509/general_name.h"

#include "base/address.h"
#include "base/text.h"

#include <algorithm>

namespace bascule::tls::general_name {
namespace {

template <std::size_t Size>
std::array<std::uint8_t, Size> array_of(ByteView octets) {
    std::array<std::uint8_t, Size> array{};
    std::ranges::copy(octets, array.begin());
    return array;
}

}  // namespace

bool is_copied(std::uint8_t tag) {
    return tag == kMail || tag == kDns || tag == kUri || tag == kAddress;
}

bool is_legal(const der::Element& name) {
    if (name.tag == kAddress) return name.content.size() == 4 || name.content.size() == 16;
    const std::uint8_t lowest = name.tag == kDns ? '!' : ' ';
    return !name.content.empty() &&
           std::ranges::all_of(name.content, [&](auto octet) { return octet >= lowest && octet <= '~'; });
}

std::string text_of(const der::Element& name) {
    if (name.tag != kAddress || !is_legal(name)) return escape(as_text(name.content).substr(0, 80));
    const bool v4 = name.content.size() == 4;
    return (v4 ? IpAddress::v4(array_of<4>(name.content)) : IpAddress::v6(array_of<16>(name.content))).text();
}

}  // namespace bascule::tls::general_name
