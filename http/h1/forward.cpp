#include "base/text.h"
#include "http/h1/grammar.h"
#include "http/h1/head.h"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace bascule::http {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::ranges::any_of(names, [&](auto other) { return equals_ignoring_case(name, other); });
}

constexpr std::array<std::string_view, 7> kHopByHop{
    "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "TE", "Upgrade"};
/// Without these the origin would see another request than the one that was judged.
constexpr std::array<std::string_view, 3> kEssential{"Host", "Content-Length", "Transfer-Encoding"};

/// The names that the Connection fields list, in lower case and sorted.
std::vector<std::string> listed_by_connection(const RequestHead& head) {
    std::vector<std::string> names;
    for (const auto& field : head.fields) {
        if (!equals_ignoring_case(field.name, "Connection")) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const auto item = rest.substr(0, rest.find(','));
            const auto first = std::min(item.find_first_not_of(" \t"), item.size());
            const auto last = item.find_last_not_of(" \t") + 1;
            if (first < last) names.push_back(to_lower(item.substr(first, last - first)));
            rest.remove_prefix(std::min(item.size() + 1, rest.size()));
        }
    }
    std::ranges::sort(names);
    return names;
}

bool passes(const RequestHead& head, const Field& field, const std::vector<std::string>& listed) {
    if (is_one_of(field.name, kEssential)) return true;
    if (is_one_of(field.name, kHopByHop)) return false;
    if (equals_ignoring_case(field.name, "Trailer")) return std::holds_alternative<Chunked>(head.body);
    return !std::ranges::binary_search(listed, to_lower(field.name));
}

/// RFC 9112 section 3.2.4: OPTIONS for an authority without a path asks about the server as a whole.
std::string target_for_origin(const RequestHead& head, const AbsoluteTarget& target) {
    const auto authority = head.target.find("://");
    const bool whole_server = head.method == "OPTIONS" && authority != std::string::npos &&
                              head.target.find_first_of("/?", authority + 3) == std::string::npos;
    return whole_server ? "*" : target.origin_form;
}

std::string host_value(const HostPort& authority) {
    if (authority.port != 80) return authority.text();
    return authority.host.contains(':') ? "[" + authority.host + "]" : authority.host;
}

std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 407:
            return "Proxy Authentication Required";
        case 408:
            return "Request Timeout";
        case 414:
            return "URI Too Long";
        case 421:
            return "Misdirected Request";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "";
    }
}

/// Quotes and backslashes stay: what a peer said was escaped where it was quoted.
std::string without_control(std::string_view text) {
    std::string out;
    for (const char& c : text) {
        if (c >= ' ' && c <= '~') {
            out += c;
        } else {
            out += escape({&c, 1});
        }
    }
    return out;
}

}  // namespace

std::string for_origin(const RequestHead& head, const AbsoluteTarget& target) {
    const auto listed = listed_by_connection(head);
    const auto host = host_value(target.authority);
    auto out = fmt::format("{} {} HTTP/1.{}\r\n", head.method, target_for_origin(head, target), head.minor);
    if (!head.field("Host")) out += fmt::format("Host: {}\r\n", host);
    for (const auto& field : head.fields) {
        if (!passes(head, field, listed)) continue;
        out += fmt::format("{}: {}\r\n", field.name, equals_ignoring_case(field.name, "Host") ? host : field.value);
    }
    return out + "Connection: close\r\n\r\n";
}

std::string reply(int status, std::string_view text) {
    const auto body = without_control(text) + "\n";
    return fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
        reason_of(status), body.size(), body);
}

std::string page_reply(int status, std::size_t size) {
    return fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        status, reason_of(status), size);
}

}  // namespace bascule::http
