#include "http/h1/request.h"

#include "base/text.h"
#include "http/h1/bad_head.h"
#include "http/h1/grammar.h"
#include "http/h1/head.h"

#include <fmt/format.h>

#include <charconv>

namespace bascule::http {
namespace {

[[noreturn]] void refuse(int status, std::string what) {
    throw BadHead{status, std::move(what)};
}

/// RFC 9112 has each of them only once.
void take_single(const FieldView& field, const FieldView*& place, std::string_view section, bool repeatable = false) {
    if (place && !(repeatable && place->value == field.value)) {
        refuse(400, fmt::format("{} occurs twice (RFC 9112 section {})", escape(field.name), section));
    }
    place = &field;
}

bool is(const FieldView& field, std::string_view name) {
    return equals_ignoring_case(field.name, name);
}

void check_host(const RequestLine& line, const FieldView* host) {
    if (!host && line.minor >= 1 && line.method != "CONNECT") {
        refuse(400, "Host is missing, which HTTP/1.1 needs (RFC 9112 section 3.2)");
    }
    if (host && !is_authority(host->value)) {
        refuse(400, "Host is not a host name or address, with or without a port (RFC 9110 section 7.2)");
    }
}

/// Why a target that is neither a path nor an absolute one that is served is not.
[[noreturn]] void refuse_target(std::string_view target) {
    const auto scheme = target.substr(0, target.find("://"));
    if (scheme == target || !std::ranges::all_of(scheme, is_token)) {
        refuse(400, "the target is neither a path nor a URL (RFC 9112 section 3.2)");
    }
    if (equals_ignoring_case(scheme, "https")) {
        refuse(
            501,
            "a proxy is asked for an https URL by CONNECT (RFC 9110 section 9.3.6), not by GET and its like; let the "
            "client open a tunnel (https_proxy=http://..., curl -x), or ask for the http URL");
    }
    if (!equals_ignoring_case(scheme, "http")) {
        refuse(501, "of URLs a proxy is asked for http ones here; for anything else open a tunnel by CONNECT");
    }
    const auto authority =
        target.substr(scheme.size() + 3, target.find_first_of("/?", scheme.size() + 3) - scheme.size() - 3);
    if (authority.contains('@')) {
        refuse(400,
               "the URL holds a user name before an @ (userinfo), which a request must not (RFC 9110 section 4.2.4); "
               "let the client send it in Authorization, as curl -u does");
    }
    refuse(400, "the URL's host is not a host name or address, with or without a port (RFC 9110 section 4.2.1)");
}

void check_target(const RequestLine& line) {
    const auto target = line.target;
    if (!is_target(target)) {
        refuse(400,
               "the target has a fragment (#) or control characters (RFC 9112 section 3.2); write them as %23 and the "
               "like");
    }
    if (line.method == "CONNECT") {
        const auto authority = parse_authority(target);
        if (!authority || !authority->port) {
            refuse(400, "the target of CONNECT is not host:port (RFC 9110 section 9.3.6)");
        }
    } else if (target == "*") {
        if (line.method != "OPTIONS") refuse(400, "the target * is for OPTIONS only (RFC 9112 section 3.2.4)");
    } else if (!target.starts_with('/') && !parse_absolute_target(target)) {
        refuse_target(target);
    }
}

Framing framing_of(const RequestLine& line, const KnownFields& known) {
    const auto* coding = known.coding;
    const auto* length = known.length;
    if (coding && length) refuse(400, "both Content-Length and Transfer-Encoding (RFC 9112 section 6.1)");
    if (coding && line.minor == 0) refuse(400, "Transfer-Encoding in HTTP/1.0, which has none (RFC 9112 section 6.1)");
    if (coding && coding->value.empty()) refuse(400, "Transfer-Encoding is empty (RFC 9112 section 6.1)");
    if (coding && !equals_ignoring_case(coding->value, "chunked"))
        refuse(501, "a transfer coding other than chunked alone (RFC 9112 section 6.1)");
    const auto octets = length ? parse_length(length->value) : 0;
    if (line.method == "CONNECT") {
        if (coding || octets > 0) refuse(400, "CONNECT with content, which it has none of (RFC 9110 section 9.3.6)");
        return NoBody{};
    }
    if (coding) return Chunked{};
    if (length) return Length{octets};
    return NoBody{};
}

}  // namespace

KnownFields find_known(FieldViews fields, bool repeatable) {
    KnownFields known;
    for (const auto& field : fields) {
        switch (field.name.size()) {
            case 4:
                if (is(field, "Host")) take_single(field, known.host, "3.2");
                break;
            case 7:
                if (is(field, "Upgrade")) known.upgrade = &field;
                break;
            case 14:
                if (is(field, "Content-Length")) take_single(field, known.length, "6.3", repeatable);
                break;
            case 17:
                if (is(field, "Transfer-Encoding")) take_single(field, known.coding, "6.3");
                break;
            default:
                break;
        }
    }
    return known;
}

std::uint64_t parse_length(std::string_view text) {
    std::uint64_t octets = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), octets);
    if (fault != std::errc{} || end != text.data() + text.size())
        refuse(400, "Content-Length is not one plain number (RFC 9112 section 6.3)");
    if (octets > kLargestLength) refuse(400, "Content-Length is above 2^63-1 (RFC 9110 section 8.6)");
    return octets;
}

Framing check_request(const RequestLine& line, const KnownFields& known) {
    check_target(line);
    check_host(line, known.host);
    return framing_of(line, known);
}

}  // namespace bascule::http
