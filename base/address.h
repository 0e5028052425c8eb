#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bascule {

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is the IPv4 address, always: rules, limits
/// and the record must see one client as one client, whichever socket it came through. Scope ids are not kept.
class IpAddress {
  public:
    IpAddress() = default;  ///< 0.0.0.0
    static IpAddress v4(std::array<std::uint8_t, 4> octets);
    static IpAddress v6(std::array<std::uint8_t, 16> octets);
    /// Text form, without brackets, port or scope. Nothing where it is not an address.
    static std::optional<IpAddress> parse(std::string_view text);

    bool is_v4() const { return v4_; }
    bool is_loopback() const;     ///< 127.0.0.0/8, ::1
    bool is_unspecified() const;  ///< 0.0.0.0, ::
    /// All 16 octets; an IPv4 address as ::ffff:a.b.c.d.
    const std::array<std::uint8_t, 16>& octets() const { return octets_; }
    std::string text() const;

    auto operator<=>(const IpAddress&) const = default;

  private:
    std::array<std::uint8_t, 16> octets_{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
    bool v4_ = true;
};

/// An address and a TCP port: `10.0.0.7:443`, `[2001:db8::1]:443`.
struct SocketAddress {
    IpAddress ip;
    std::uint16_t port = 0;

    static std::optional<SocketAddress> parse(std::string_view text);
    std::string text() const;
    auto operator<=>(const SocketAddress&) const = default;
};

/// A block of addresses: `10.0.0.0/8`, `fe80::/10`; a bare address is a block of one. Host bits must be zero.
class Cidr {
  public:
    static std::optional<Cidr> parse(std::string_view text);
    static Cidr of(const IpAddress& address);
    bool contains(const IpAddress& address) const;
    const IpAddress& base() const { return base_; }
    /// Length of the prefix within the address's own family.
    int prefix() const { return prefix_; }
    std::string text() const;
    auto operator<=>(const Cidr&) const = default;

  private:
    IpAddress base_;
    int prefix_ = 0;
};

/// `host:port` or `[v6]:port` as written by a client or a configuration; the host may be a name or an address.
struct HostPort {
    std::string host;  ///< without brackets, as written
    std::uint16_t port = 0;

    /// Nothing where the port is missing, zero or above 65535, or the host is empty.
    static std::optional<HostPort> parse(std::string_view text);
    std::string text() const;  ///< an IPv6 host in brackets
    bool operator==(const HostPort&) const = default;
};

/// A decimal port from 1 to 65535 without sign or leading zeros.
std::optional<std::uint16_t> parse_port(std::string_view text);

}  // namespace bascule

template <>
struct std::hash<bascule::IpAddress> {
    std::size_t operator()(const bascule::IpAddress& address) const noexcept {
        return std::hash<std::string_view>{}(
            {reinterpret_cast<const char*>(address.octets().data()), address.octets().size()});
    }
};
