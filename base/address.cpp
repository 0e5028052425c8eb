#include "base/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace bascule {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<int> parse_decimal(std::string_view text, int limit) {
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    int value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size() || value < 0 || value > limit) return std::nullopt;
    return value;
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> octets) {
    IpAddress address;
    std::ranges::copy(octets, address.octets_.begin() + kMapped.size());
    return address;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> octets) {
    IpAddress address;
    address.octets_ = octets;
    address.v4_ = std::equal(kMapped.begin(), kMapped.end(), octets.begin());
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
    const std::string terminated(text);
    if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;
    std::array<std::uint8_t, 4> four{};
    if (inet_pton(AF_INET, terminated.c_str(), four.data()) == 1) return v4(four);
    std::array<std::uint8_t, 16> sixteen{};
    if (inet_pton(AF_INET6, terminated.c_str(), sixteen.data()) == 1) return v6(sixteen);
    return std::nullopt;
}

bool IpAddress::is_loopback() const {
    if (v4_) return octets_[12] == 127;
    return std::all_of(octets_.begin(), octets_.end() - 1, [](auto octet) { return octet == 0; }) && octets_[15] == 1;
}

bool IpAddress::is_unspecified() const {
    const auto first = v4_ ? octets_.begin() + kMapped.size() : octets_.begin();
    return std::all_of(first, octets_.end(), [](auto octet) { return octet == 0; });
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    const auto* raw = v4_ ? octets_.data() + kMapped.size() : octets_.data();
    inet_ntop(v4_ ? AF_INET : AF_INET6, raw, buffer.data(), buffer.size());
    return buffer.data();
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto value = parse_decimal(text, 65535);
    if (!value || *value == 0) return std::nullopt;
    return static_cast<std::uint16_t>(*value);
}

std::optional<SocketAddress> SocketAddress::parse(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    const auto port = parse_decimal(text.substr(colon + 1), 65535);
    auto host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto ip = IpAddress::parse(host);
    if (!ip || !port || bracketed != (host.find(':') != host.npos)) return std::nullopt;
    return SocketAddress{*ip, static_cast<std::uint16_t>(*port)};
}

std::string SocketAddress::text() const {
    return ip.is_v4() ? fmt::format("{}:{}", ip.text(), port) : fmt::format("[{}]:{}", ip.text(), port);
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto base = IpAddress::parse(text.substr(0, slash));
    if (!base) return std::nullopt;
    if (slash == text.npos) return of(*base);
    const auto prefix = parse_decimal(text.substr(slash + 1), base->is_v4() ? 32 : 128);
    if (!prefix) return std::nullopt;
    Cidr block;
    block.base_ = *base;
    block.prefix_ = *prefix;
    for (int bit = *prefix + (base->is_v4() ? 96 : 0); bit < 128; ++bit) {
        if (base->octets()[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) return std::nullopt;
    }
    return block;
}

Cidr Cidr::of(const IpAddress& address) {
    Cidr block;
    block.base_ = address;
    block.prefix_ = address.is_v4() ? 32 : 128;
    return block;
}

bool Cidr::contains(const IpAddress& address) const {
    if (address.is_v4() != base_.is_v4()) return false;
    const int bits = prefix_ + (base_.is_v4() ? 96 : 0);
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (!std::equal(base_.octets().begin(), base_.octets().begin() + bits / 8, address.octets().begin())) return false;
    if (bits % 8 == 0) return true;
    return ((base_.octets()[whole] ^ address.octets()[whole]) >> (8 - bits % 8)) == 0;
}

std::string Cidr::text() const {
    return fmt::format("{}/{}", base_.text(), prefix_);
}

std::optional<HostPort> HostPort::parse(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto port = parse_port(text.substr(colon + 1));
    if (host.starts_with('[')) {
        if (!host.ends_with(']')) return std::nullopt;
        host = host.substr(1, host.size() - 2);
        const auto ip = IpAddress::parse(host);
        if (!ip || host.find(':') == host.npos) return std::nullopt;
    } else if (host.find(':') != host.npos) {
        return std::nullopt;
    }
    if (host.empty() || !port) return std::nullopt;
    return HostPort{std::string(host), *port};
}

std::string HostPort::text() const {
    return host.find(':') == host.npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

}  // namespace bascule
