#include "proxy/entry/socks.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace bascule::proxy::socks {
namespace {

constexpr std::uint8_t kConnect = 1;
constexpr std::size_t kLongestText = 255;

/// RFC 1928 section 6; the reply codes that are not in the enumeration, which is for the outcome of a connection.
enum Code : std::uint8_t { kFailure = 1, kCommandNotSupported = 7, kAddressNotSupported = 8 };

Bytes answer5(std::uint8_t code) {
    return {5, code, 0, 1, 0, 0, 0, 0, 0, 0};
}
Bytes answer4(bool granted) {
    return {0, static_cast<std::uint8_t>(granted ? 90 : 91), 0, 0, 0, 0, 0, 0};
}
Bad bad5(const char* what, std::uint8_t code = kFailure) {
    return {what, answer5(code)};
}
Bad bad4(const char* what) {
    return {what, answer4(false)};
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kLongestText &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
}

/// The octets before the next NUL, which is dropped as well; nothing where there is none yet.
std::optional<ByteView> take_terminated(Cursor& cursor) {
    const auto rest = cursor.rest();
    const auto length = static_cast<std::size_t>(std::ranges::find(rest, 0) - rest.begin());
    if (length == rest.size()) return std::nullopt;
    cursor.take(length + 1);
    return rest.first(length);
}

template <std::size_t N>
std::array<std::uint8_t, N> to_array(ByteView octets) {
    std::array<std::uint8_t, N> copy{};
    std::ranges::copy(octets, copy.begin());
    return copy;
}

/// A bounded text with a NUL behind it: NeedMore and Bad as they come, the text otherwise.
std::variant<NeedMore, Bad, std::string_view> read_text(Cursor& cursor, const char* too_long) {
    const auto available = cursor.size();
    const auto text = take_terminated(cursor);
    if ((text ? text->size() : available) > kLongestText) return bad4(too_long);
    if (!text) return NeedMore{};
    return as_text(*text);
}

std::variant<NeedMore, Bad, Greeting, Request> parse_version_4(ByteView bytes) {
    Cursor cursor(bytes.subspan(1));
    const auto command = cursor.u8();
    if (command && *command != kConnect) return bad4("SOCKS4 asks for something else than CONNECT");
    const auto port = cursor.u16();
    if (port && *port == 0) return bad4("SOCKS4 asks for port 0");
    const auto address = cursor.take(4);
    if (!port || !address) return NeedMore{};
    const auto user = read_text(cursor, "the SOCKS4 user is too long");
    if (const auto* bad = std::get_if<Bad>(&user)) return *bad;
    if (std::holds_alternative<NeedMore>(user)) return NeedMore{};

    auto host = IpAddress::v4(to_array<4>(*address)).text();
    if (host.starts_with("0.0.0.") && host != "0.0.0.0") {
        const auto name = read_text(cursor, "the SOCKS4a name is too long");
        if (const auto* bad = std::get_if<Bad>(&name)) return *bad;
        if (std::holds_alternative<NeedMore>(name)) return NeedMore{};
        host = std::get<std::string_view>(name);
        if (!is_name(host)) return bad4("the SOCKS4a name is not a name");
    }
    return Request{4, {host, *port}, bytes.size() - cursor.size()};
}

std::variant<NeedMore, Bad, Greeting, Request> parse_greeting(ByteView bytes) {
    constexpr std::uint8_t no_authentication = 0;
    Cursor cursor(bytes.subspan(1));
    const auto methods = cursor.vector(1);
    if (!methods) return NeedMore{};
    if (std::ranges::find(*methods, no_authentication) == methods->end()) {
        return Bad{"SOCKS5 offers no method that is spoken here", {5, 0xff}};
    }
    return Greeting{{5, no_authentication}, bytes.size() - cursor.size()};
}

/// RFC 1928 section 5: the host in the form that its type says; nothing while it is not whole.
std::optional<std::string> take_host(Cursor& cursor, std::uint8_t type) {
    const auto octets = type == 3 ? cursor.vector(1) : cursor.take(type == 1 ? 4 : 16);
    if (!octets) return std::nullopt;
    if (type == 3) return std::string(as_text(*octets));
    return (type == 1 ? IpAddress::v4(to_array<4>(*octets)) : IpAddress::v6(to_array<16>(*octets))).text();
}

}  // namespace

std::variant<NeedMore, Bad, Greeting, Request> parse_opening(ByteView bytes) {
    if (bytes.empty()) return NeedMore{};
    if (bytes[0] == 4) return parse_version_4(bytes);
    if (bytes[0] == 5) return parse_greeting(bytes);
    return Bad{"not SOCKS", {}};
}

std::variant<NeedMore, Bad, Request> parse_request(ByteView bytes) {
    Cursor cursor(bytes);
    const auto version = cursor.u8();
    if (version && *version != 5) return bad5("the SOCKS5 request has another version");
    const auto command = cursor.u8();
    if (command && *command != kConnect) {
        return bad5("SOCKS5 asks for something else than CONNECT", kCommandNotSupported);
    }
    const auto reserved = cursor.u8();
    if (reserved && *reserved != 0) return bad5("the reserved octet of the SOCKS5 request is not zero");
    const auto type = cursor.u8();
    if (!type) return NeedMore{};
    if (*type != 1 && *type != 3 && *type != 4) return bad5("an unknown SOCKS5 address type", kAddressNotSupported);
    const auto host = take_host(cursor, *type);
    if (!host) return NeedMore{};
    if (!is_name(*host)) return bad5("the SOCKS5 name is not a name");
    const auto port = cursor.u16();
    if (!port) return NeedMore{};
    if (*port == 0) return bad5("SOCKS5 asks for port 0");
    return Request{5, {*host, *port}, bytes.size() - cursor.size()};
}

Bytes answer(int version, Reply reply) {
    if (version == 4) return answer4(reply == Reply::granted);
    switch (reply) {
        case Reply::granted:
            return answer5(0);
        case Reply::failure:
            return answer5(kFailure);
        case Reply::not_allowed:
            return answer5(2);
        case Reply::network_unreachable:
            return answer5(3);
        case Reply::host_unreachable:
            return answer5(4);
        case Reply::refused:
            return answer5(5);
        case Reply::timed_out:
            return answer5(6);
    }
    return answer5(kFailure);
}

}  // namespace bascule::proxy::socks
