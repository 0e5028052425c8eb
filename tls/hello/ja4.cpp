#include "tls/hello/client_hello.h"
#include "tls/openssl.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

/// JA4 as FoxIO describes it (technical_details/JA4.md): GREASE counts nowhere, lists are lower-case hex with commas.
namespace bascule::tls {
namespace {

using Numbers = std::vector<std::uint16_t>;

constexpr bool is_grease(std::uint16_t value) {  // RFC 8701
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

Numbers without_grease(Numbers values) {
    std::erase_if(values, is_grease);
    return values;
}

Numbers sorted(Numbers values) {
    std::ranges::sort(values);
    return values;
}

std::string hex_list(const Numbers& values) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(values.size() * 5);
    for (const unsigned value : values) {
        if (!text.empty()) text += ',';
        for (const unsigned shift : {12U, 8U, 4U, 0U}) text += digits[value >> shift & 0xf];
    }
    return text;
}

/// The first 12 hex digits of SHA-256; zeros for an empty list.
std::string short_hash(const std::string& text) {
    if (text.empty()) return std::string(12, '0');
    const auto digest = Sha256().add(as_bytes(text)).finish();
    return to_hex(ByteView(digest).first(6));
}

std::string_view version_code(std::uint16_t version) {
    switch (version) {
        case 0x0304:
            return "13";
        case 0x0303:
            return "12";
        case 0x0302:
            return "11";
        case 0x0301:
            return "10";
        case 0x0300:
            return "s3";
        case 0x0002:
            return "s2";
        default:
            return "00";
    }
}

/// First and last character of the first protocol; of its hex form where one of them is not alphanumeric.
std::string alpn_code(const std::vector<std::string>& alpn) {
    if (alpn.empty() || alpn.front().empty()) return "00";
    const auto alphanumeric = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    const auto& first = alpn.front();
    if (alphanumeric(first.front()) && alphanumeric(first.back())) return {first.front(), first.back()};
    const auto hex = to_hex(as_bytes(first));
    return {hex.front(), hex.back()};
}

}  // namespace

std::string ClientHello::ja4() const {
    const auto offered = without_grease(versions);
    const auto version = offered.empty() ? legacy_version : *std::ranges::max_element(offered);
    const auto suites = without_grease(ciphers);
    auto kinds = without_grease(extensions);
    const auto count = kinds.size();
    const bool named = std::erase(kinds, 0x0000) > 0;
    std::erase(kinds, 0x0010);

    auto listed = hex_list(sorted(kinds));
    const auto algorithms = without_grease(signature_algorithms);
    if (!listed.empty() && !algorithms.empty()) listed += "_" + hex_list(algorithms);
    return fmt::format("t{}{}{:02}{:02}{}_{}_{}", version_code(version), named ? 'd' : 'i',
                       std::min<std::size_t>(suites.size(), 99), std::min<std::size_t>(count, 99), alpn_code(alpn),
                       short_hash(hex_list(sorted(suites))), short_hash(listed));
}

}  // namespace bascule::tls
