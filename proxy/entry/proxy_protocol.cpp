#include "proxy/entry/proxy_protocol.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace bascule::proxy {
namespace {

constexpr std::string_view kOpening = "PROXY ";
constexpr std::size_t kLongestLine = 107;
constexpr std::string_view kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t kFixedPart = 16;
constexpr std::size_t kLargestHeader = 4_KiB;

using Result = std::variant<ProxyHeaderNeedsMore, ProxyHeader, BadProxyHeader>;

/// As much of `text` as there is of `start`: whether it can still begin with it.
bool can_begin_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start.substr(0, text.size());
}

/// The text up to the next space, which is dropped as well.
std::string_view next_word(std::string_view& rest) {
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    return word;
}

std::optional<SocketAddress> text_address(bool v6, std::string_view ip, std::string_view port) {
    return SocketAddress::parse(v6 ? "[" + std::string(ip) + "]:" + std::string(port)
                                   : std::string(ip) + ":" + std::string(port));
}

/// Section 2.1: what stands between "PROXY " and CRLF.
Result parse_line(std::string_view line, std::size_t size) {
    const bool trailing_space = line.ends_with(' ');
    const auto family = next_word(line);
    if (family == "UNKNOWN") return ProxyHeader{{}, {}, size};
    if (family != "TCP4" && family != "TCP6") return BadProxyHeader{"the PROXY header has an unknown family"};
    const auto source = next_word(line);
    const auto destination = next_word(line);
    const auto source_port = next_word(line);
    const auto destination_port = next_word(line);
    ProxyHeader header{text_address(family == "TCP6", source, source_port),
                       text_address(family == "TCP6", destination, destination_port), size};
    if (!header.source || !header.destination || !line.empty() || trailing_space) {
        return BadProxyHeader{"the PROXY header has malformed addresses"};
    }
    return header;
}

Result parse_version_1(std::string_view text) {
    text = text.substr(0, kLongestLine);
    const auto end = text.find_first_of("\r\n");
    if (end == text.npos || text.substr(end) == "\r") {
        if (text.size() < kLongestLine) return ProxyHeaderNeedsMore{};
        return BadProxyHeader{"the PROXY header is longer than 107 octets"};
    }
    if (!text.substr(end).starts_with("\r\n")) return BadProxyHeader{"the PROXY header does not end with CRLF"};
    return parse_line(text.substr(kOpening.size(), end - kOpening.size()), end + 2);
}

std::optional<IpAddress> take_ip(Cursor& cursor, bool v6) {
    const auto octets = cursor.take(v6 ? 16 : 4);
    if (!octets) return std::nullopt;
    std::array<std::uint8_t, 16> long_form{};
    std::array<std::uint8_t, 4> short_form{};
    if (v6) {
        std::ranges::copy(*octets, long_form.begin());
        return IpAddress::v6(long_form);
    }
    std::ranges::copy(*octets, short_form.begin());
    return IpAddress::v4(short_form);
}

/// Section 2.2: the address block; type-length-values behind it are not looked at.
Result parse_addresses(std::uint8_t family, Cursor block, std::size_t size) {
    constexpr std::size_t unix_addresses = 216;
    switch (family) {
        case 0x00:
            return ProxyHeader{{}, {}, size};
        case 0x31:
            if (block.size() < unix_addresses) break;
            return ProxyHeader{{}, {}, size};
        case 0x11:
        case 0x21: {
            const auto source = take_ip(block, family == 0x21);
            const auto destination = take_ip(block, family == 0x21);
            const auto source_port = block.u16();
            const auto destination_port = block.u16();
            if (!source || !destination || !source_port || !destination_port) break;
            return ProxyHeader{SocketAddress{*source, *source_port}, SocketAddress{*destination, *destination_port},
                               size};
        }
        default:
            return BadProxyHeader{"the PROXY header is not about a stream"};
    }
    return BadProxyHeader{"the PROXY header is too short for its addresses"};
}

Result parse_version_2(ByteView bytes) {
    Cursor cursor(bytes.subspan(kSignature.size()));
    const auto command = cursor.u8();
    if (command && *command != 0x20 && *command != 0x21) {
        return BadProxyHeader{"the PROXY header has an unknown version or command"};
    }
    const auto family = cursor.u8();
    const auto length = cursor.u16();
    if (!length) return ProxyHeaderNeedsMore{};
    if (kFixedPart + *length > kLargestHeader) return BadProxyHeader{"the PROXY header is too long"};
    const auto block = cursor.take(*length);
    if (!block) return ProxyHeaderNeedsMore{};
    const bool local = *command == 0x20;
    return parse_addresses(local ? 0 : *family, Cursor(*block), kFixedPart + *length);
}

}  // namespace

Result parse_proxy_header(ByteView bytes) {
    const auto text = as_text(bytes);
    if (can_begin_with(text, kOpening)) {
        return text.size() < kOpening.size() ? Result(ProxyHeaderNeedsMore{}) : parse_version_1(text);
    }
    if (can_begin_with(text, kSignature)) {
        return text.size() < kSignature.size() ? Result(ProxyHeaderNeedsMore{}) : parse_version_2(bytes);
    }
    return BadProxyHeader{"the connection does not begin with a PROXY header"};
}

}  // namespace bascule::proxy
