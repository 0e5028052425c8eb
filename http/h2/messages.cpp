#include "http/h2/messages.h"

#include "base/text.h"
#include "http/h1/grammar.h"
#include "http/h2/bad.h"

#include <algorithm>

namespace bascule::http::h2 {
namespace {

bool is_all_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token);
}

/// RFC 3986 section 3.1
bool is_scheme(std::string_view text) {
    const auto may = [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; };
    return !text.empty() && is_alphanumeric(text.front()) && !(text.front() <= '9') && std::ranges::all_of(text, may);
}

std::string_view text_of(const FieldView* field) {
    return field ? field->value : std::string_view();
}

void check_authority(std::string_view text) {
    if (text.contains('@')) {
        refuse("the authority holds a user name before an @, which a request must not (RFC 9113 section 8.3.1)");
    }
    if (!is_authority(text))
        refuse("the authority is not a host name or address, with or without a port (RFC 9113 section 8.3.1)");
}

std::uint16_t port_of(const Authority& authority, std::string_view scheme) {
    return authority.port.value_or(equals_ignoring_case(scheme, "http") ? 80 : 443);
}

void check_same(std::string_view authority, std::string_view host, std::string_view scheme) {
    if (authority == host) return;
    const auto left = parse_authority(authority);
    const auto right = parse_authority(host);
    if (!equals_ignoring_case(left->host, right->host) || port_of(*left, scheme) != port_of(*right, scheme))
        refuse(":authority and host name different hosts (RFC 9113 section 8.3.1)");
}

void check_host(const Message& message) {
    const auto [authority, host] = std::pair(message.pseudo.authority, message.host);
    if (!authority && !host) refuse("neither :authority nor host is there (RFC 9113 section 8.3.1)");
    if (authority) check_authority(authority->value);
    if (host) check_authority(host->value);
    if (authority && host) check_same(authority->value, host->value, text_of(message.pseudo.scheme));
}

void check_path(std::string_view path, std::string_view method) {
    if (path == "*" && method == "OPTIONS") return;
    if (!path.starts_with('/')) refuse(":path does not begin with / (RFC 9113 section 8.3.1)");
    if (!is_target(path)) refuse(":path has a fragment (#) or control characters (RFC 3986)");
}

/// A request for a resource, which an extended CONNECT is too.
void check_target(const Message& message) {
    const auto& [method, scheme, authority, path, protocol, status] = message.pseudo;
    if (!scheme || !path) refuse(":scheme or :path is missing (RFC 9113 section 8.3.1)");
    if (!is_scheme(scheme->value)) refuse(":scheme is not a scheme (RFC 3986 section 3.1)");
    check_path(path->value, method->value);
    check_host(message);
}

void check_no_content(const Message& message) {
    if (message.length.value_or(0) > 0) refuse("content-length where there is no content (RFC 9110 section 9.3.6)");
}

void check_connect(const Message& message) {
    const auto& [method, scheme, authority, path, protocol, status] = message.pseudo;
    if (scheme || path) refuse("CONNECT with :scheme or :path (RFC 9113 section 8.5)");
    if (!authority) refuse("CONNECT without :authority (RFC 9113 section 8.5)");
    check_host(message);
    if (!parse_authority(authority->value)->port) refuse("CONNECT names no port (RFC 9113 section 8.5)");
}

void check_extended_connect(const Message& message, bool is_allowed) {
    if (message.pseudo.method->value != "CONNECT") refuse(":protocol without CONNECT (RFC 8441 section 4)");
    if (!is_allowed) refuse(":protocol, which the origin has not announced to understand (RFC 8441 section 3)");
    if (!is_all_token(message.pseudo.protocol->value)) refuse(":protocol is not a token (RFC 8441 section 4)");
    if (!message.pseudo.authority) refuse(":protocol without :authority (RFC 8441 section 4)");
    check_target(message);
}

void check_by_method(const Message& message, bool extended_connect) {
    const bool is_connect = message.pseudo.method->value == "CONNECT";
    if (is_connect) check_no_content(message);
    if (message.pseudo.protocol) return check_extended_connect(message, extended_connect);
    if (is_connect) return check_connect(message);
    check_target(message);
}

/// 100 to 999; nothing: it is none.
std::optional<int> parse_status(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 3 || !std::ranges::all_of(text, is_digit) || text.front() == '0') return std::nullopt;
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

bool has_any(const Pseudo& pseudo) {
    return pseudo.method || pseudo.scheme || pseudo.authority || pseudo.path || pseudo.protocol || pseudo.status;
}

}  // namespace

RequestView read_request(const Message& message, bool extended_connect) {
    const auto& pseudo = message.pseudo;
    if (pseudo.status) refuse("a request has :status (RFC 9113 section 8.3)");
    if (!pseudo.method) refuse(":method is missing (RFC 9113 section 8.3.1)");
    if (!is_all_token(pseudo.method->value)) refuse(":method is not a token (RFC 9110 section 9.1)");
    check_by_method(message, extended_connect);
    const auto authority = text_of(pseudo.authority ? pseudo.authority : message.host);
    return {.version = "2",
            .method = pseudo.method->value,
            .scheme = text_of(pseudo.scheme),
            .authority = authority,
            .path = pseudo.path ? pseudo.path->value : authority,
            .protocol = text_of(pseudo.protocol),
            .fields = message.fields};
}

void check_promised(const Message& message, const RequestView& request) {
    if (request.method != "GET" && request.method != "HEAD")
        refuse("a request is promised that is not GET or HEAD (RFC 9113 section 8.4)");
    if (!message.pseudo.authority) refuse("a request is promised without :authority (RFC 9113 section 8.4)");
    check_no_content(message);
}

ResponseView read_response(const Message& message) {
    auto other = message.pseudo;
    other.status = nullptr;
    if (has_any(other)) refuse("an answer has a pseudo-field of requests (RFC 9113 section 8.3)");
    if (!message.pseudo.status) refuse(":status is missing (RFC 9113 section 8.3.2)");
    const auto status = parse_status(message.pseudo.status->value);
    if (!status) refuse(":status is not three digits (RFC 9113 section 8.3.2)");
    if (*status == 101) refuse("status 101, which HTTP/2 has not (RFC 9113 section 8.6)");
    return {.version = "2", .status = *status, .fields = message.fields};
}

void check_trailers(const Message& message) {
    if (has_any(message.pseudo)) refuse("trailers hold a pseudo-field (RFC 9113 section 8.1)");
    if (message.length || message.host) refuse("trailers hold a field that frames or routes (RFC 9110 section 6.5.1)");
}

}  // namespace bascule::http::h2
