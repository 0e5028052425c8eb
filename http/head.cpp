#include "http/head.h"

#include "base/text.h"
#include "http/grammar.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace bascule::http {
namespace {

namespace beast = boost::beast;

[[noreturn]] void refuse(int status, std::string what) {
    throw BadHead{status, std::move(what)};
}

/// Beast calls back in order; the head it fills is in the grammar, but still to be checked for what it means.
class HeadParser : public beast::http::basic_parser<true> {
  public:
    RequestHead head;

  private:
    using View = beast::string_view;
    using Code = beast::error_code;

    void on_request_impl(beast::http::verb, View method, View target, int version, Code&) override {
        head.method = method;
        head.target = target;
        head.minor = version % 10;
    }
    void on_field_impl(beast::http::field, View name, View value, Code&) override {
        head.fields.push_back({std::string(name), std::string(value)});
    }
    void on_response_impl(int, View, int, Code&) override {}
    void on_header_impl(Code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
    std::size_t on_body_impl(View, Code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View, Code&) override { return 0; }
    void on_finish_impl(Code&) override {}
};

constexpr std::string_view kNoRequestLine =
    "the request line is not METHOD target HTTP/1.1 (RFC 9112 section 3); a space in a URL is written %20";

/// Early: an HTTP/0.9 request has no empty line to wait for.
void check_request_line(std::string_view line) {
    if (line.substr(0, line.find(' ')).size() > kLongestMethod)
        refuse(501, "the method is longer than 32 octets, as none in use is (RFC 9110 section 16.1)");
    const auto version = line.substr(line.rfind(' ') + 1);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (version.size() != 8 || !version.starts_with("HTTP/") || !digit(version[5]) || version[6] != '.' ||
        !digit(version[7])) {
        refuse(400, std::string(kNoRequestLine));
    }
    if (version != "HTTP/1.0" && version != "HTTP/1.1")
        refuse(505, "the HTTP version is neither 1.0 nor 1.1, which are spoken here (RFC 9110 section 15.6.6)");
}

void check_line_length(std::size_t length, std::size_t number) {
    if (number == 0 && length > kLongestRequestLine)
        refuse(414, "the request line is longer than 8 KiB (RFC 9112 section 3); send less in the URL");
    if (number > 0 && length > kLongestFieldLine)
        refuse(431, "a header field is longer than 64 KiB (RFC 6585 section 5); clear the cookies of this site");
}

/// Octets up to and with the empty line, or nothing while it is not there. Looks at line ends only.
std::optional<std::size_t> find_end(std::string_view text) {
    std::size_t start = 0;
    for (std::size_t number = 0;; ++number) {
        const auto end = text.find('\n', start);
        check_line_length(std::min(end, text.size()) - start, number);
        if (std::min(end, text.size()) >= kLargestHead)
            refuse(431, "the head is larger than 128 KiB (RFC 6585 section 5); clear the cookies of this site");
        if (number > 0 && start < text.size() && (text[start] == ' ' || text[start] == '\t')) {
            refuse(400, number == 1 ? "white space precedes the first header field (RFC 9112 section 2.2)"
                                    : "a header field is folded over lines (RFC 9112 section 5.2); write it as one");
        }
        if (end == text.npos) return std::nullopt;
        if (end == start || text[end - 1] != '\r') refuse(400, "a line ends without CR (RFC 9112 section 2.2)");
        if (end - start == 1 && number > 0) return end + 1;
        if (number > kMostFields) refuse(431, "there are more than 200 header fields (RFC 6585 section 5)");
        if (number == 0) check_request_line(text.substr(0, end - 1));
        start = end + 1;
    }
}

/// The only field of that name; null where there is none. `section` of RFC 9112 has it only once.
const std::string* single(const RequestHead& head, std::string_view name, std::string_view section) {
    const auto named = [&](const Field& field) { return equals_ignoring_case(field.name, name); };
    if (std::ranges::count_if(head.fields, named) > 1) {
        refuse(400, fmt::format("{} occurs twice (RFC 9112 section {})", name, section));
    }
    return head.field(name);
}

void check_host(const RequestHead& head) {
    const auto* host = single(head, "Host", "3.2");
    if (!host && head.minor >= 1 && head.method != "CONNECT") {
        refuse(400, "Host is missing, which HTTP/1.1 needs (RFC 9112 section 3.2)");
    }
    if (host && !parse_authority(*host)) {
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

void check_target(const RequestHead& head) {
    const std::string_view target = head.target;
    if (!is_target(target)) {
        refuse(
            400,
            "the target has a fragment (#) or octets that are not printable ASCII (RFC 9112 section 3.2); write them "
            "as %23 and the like");
    }
    if (head.method == "CONNECT") {
        const auto authority = parse_authority(target);
        if (!authority || !authority->port) {
            refuse(400, "the target of CONNECT is not host:port (RFC 9110 section 9.3.6)");
        }
    } else if (target == "*") {
        if (head.method != "OPTIONS") refuse(400, "the target * is for OPTIONS only (RFC 9112 section 3.2.4)");
    } else if (!target.starts_with('/') && !parse_absolute_target(target)) {
        refuse_target(target);
    }
}

std::uint64_t parse_length(std::string_view text) {
    std::uint64_t octets = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), octets);
    if (fault != std::errc{} || end != text.data() + text.size())
        refuse(400, "Content-Length is not one plain number (RFC 9112 section 6.3)");
    return octets;
}

/// RFC 9112 section 6, without what it lets a recipient guess.
Framing framing_of(const RequestHead& head) {
    const auto* coding = single(head, "Transfer-Encoding", "6.3");
    const auto* length = single(head, "Content-Length", "6.3");
    if (coding && length) refuse(400, "both Content-Length and Transfer-Encoding (RFC 9112 section 6.1)");
    if (coding && head.minor == 0) refuse(400, "Transfer-Encoding in HTTP/1.0, which has none (RFC 9112 section 6.1)");
    if (coding && coding->empty()) refuse(400, "Transfer-Encoding is empty (RFC 9112 section 6.1)");
    if (coding && !equals_ignoring_case(*coding, "chunked"))
        refuse(501, "a transfer coding other than chunked alone (RFC 9112 section 6.1)");
    const auto octets = length ? parse_length(*length) : 0;
    if (head.method == "CONNECT") {
        if (coding || octets > 0) refuse(400, "CONNECT with content, which it has none of (RFC 9110 section 9.3.6)");
        return NoBody{};
    }
    if (coding) return Chunked{};
    if (length) return Length{octets};
    return NoBody{};
}

/// What Beast found outside the grammar.
std::string_view meaning_of(const beast::error_code& fault) {
    using Error = beast::http::error;
    if (fault == Error::bad_method) return "the method is not a token (RFC 9110 section 9.1)";
    if (fault == Error::bad_target || fault == Error::bad_version) return kNoRequestLine;
    if (fault == Error::bad_field) return "a header field is not name: value (RFC 9112 section 5)";
    if (fault == Error::bad_value) return "a header field holds control characters (RFC 9110 section 5.5)";
    if (fault == Error::bad_line_ending) return "a line does not end with CR LF (RFC 9112 section 2.2)";
    if (fault == Error::bad_content_length) return "Content-Length is not one plain number (RFC 9112 section 6.3)";
    if (fault == Error::bad_transfer_encoding) return "Transfer-Encoding is not one (RFC 9112 section 6.1)";
    return "it is not a request of HTTP/1.1 (RFC 9112 section 2.1)";
}

/// A head that is whole: by Beast's grammar, then by the checks that Beast leaves to its user.
RequestHead parse_whole(std::string_view text) {
    HeadParser parser;
    parser.skip(true);
    parser.header_limit(kLargestHead);
    beast::error_code fault;
    parser.put(boost::asio::const_buffer(text.data(), text.size()), fault);
    if (fault || !parser.is_done()) refuse(400, std::string(meaning_of(fault)));
    auto head = std::move(parser.head);
    check_target(head);
    check_host(head);
    head.body = framing_of(head);
    return head;
}

}  // namespace

const std::string* RequestHead::field(std::string_view name) const {
    const auto found = std::ranges::find_if(fields, [&](const Field& f) { return equals_ignoring_case(f.name, name); });
    return found == fields.end() ? nullptr : &found->value;
}

std::variant<NeedMore, RequestHead, BadHead> parse_request_head(ByteView bytes) try {
    auto text = as_text(bytes);
    if (std::string_view("\r\n").starts_with(text)) return NeedMore{};
    const std::size_t skipped = text.starts_with("\r\n") ? 2 : 0;
    text.remove_prefix(skipped);
    const auto end = find_end(text);
    if (!end) return NeedMore{};
    auto head = parse_whole(text.substr(0, *end));
    head.size = skipped + *end;
    return head;
} catch (BadHead& bad) {
    return std::move(bad);
}

}  // namespace bascule::http
