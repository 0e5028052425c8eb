#include "http/head.h"

#include "base/text.h"
#include "http/grammar.h"

#include <boost/beast/http/basic_parser.hpp>

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

/// Early: an HTTP/0.9 request has no empty line to wait for.
void check_request_line(std::string_view line) {
    if (line.substr(0, line.find(' ')).size() > kLongestMethod) refuse(501, "the method is too long");
    const auto version = line.substr(line.rfind(' ') + 1);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (version.size() != 8 || !version.starts_with("HTTP/") || !digit(version[5]) || version[6] != '.' ||
        !digit(version[7])) {
        refuse(400, "the request line does not end with an HTTP version");
    }
    if (version != "HTTP/1.0" && version != "HTTP/1.1") refuse(505, "the HTTP version is not 1.0 or 1.1");
}

void check_line_length(std::size_t length, std::size_t number) {
    if (number == 0 && length > kLongestRequestLine) refuse(414, "the request line is too long");
    if (number > 0 && length > kLongestFieldLine) refuse(431, "a field is too long");
}

/// Octets up to and with the empty line, or nothing while it is not there. Looks at line ends only.
std::optional<std::size_t> find_end(std::string_view text) {
    std::size_t start = 0;
    for (std::size_t number = 0;; ++number) {
        const auto end = text.find('\n', start);
        check_line_length(std::min(end, text.size()) - start, number);
        if (std::min(end, text.size()) >= kLargestHead) refuse(431, "the head is too long");
        if (number > 0 && start < text.size() && (text[start] == ' ' || text[start] == '\t')) {
            refuse(400, number == 1 ? "white space precedes the first field" : "a field is folded");
        }
        if (end == text.npos) return std::nullopt;
        if (end == start || text[end - 1] != '\r') refuse(400, "a line ends without CR");
        if (end - start == 1 && number > 0) return end + 1;
        if (number > kMostFields) refuse(431, "there are too many fields");
        if (number == 0) check_request_line(text.substr(0, end - 1));
        start = end + 1;
    }
}

/// The only field of that name; null where there is none.
const std::string* single(const RequestHead& head, std::string_view name) {
    const auto named = [&](const Field& field) { return equals_ignoring_case(field.name, name); };
    if (std::ranges::count_if(head.fields, named) > 1) refuse(400, std::string(name) + " occurs twice");
    return head.field(name);
}

void check_host(const RequestHead& head) {
    const auto* host = single(head, "Host");
    if (!host && head.minor >= 1) refuse(400, "Host is missing");
    if (host && !parse_authority(*host)) refuse(400, "Host is not a host");
}

void check_target(const RequestHead& head) {
    const std::string_view target = head.target;
    if (!is_target(target)) refuse(400, "the target has a fragment or is not printable ASCII");
    if (head.method == "CONNECT") {
        const auto authority = parse_authority(target);
        if (!authority || !authority->port) refuse(400, "the target of CONNECT is not host:port");
    } else if (target == "*") {
        if (head.method != "OPTIONS") refuse(400, "the target * is for OPTIONS only");
    } else if (!target.starts_with('/') && !parse_absolute_target(target)) {
        const auto scheme = target.substr(0, target.find("://"));
        const bool foreign =
            scheme != target && !equals_ignoring_case(scheme, "http") && std::ranges::all_of(scheme, is_token);
        refuse(foreign ? 501 : 400, foreign ? "the target's scheme is not http" : "the target is not a path or URL");
    }
}

std::uint64_t parse_length(std::string_view text) {
    std::uint64_t octets = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), octets);
    if (fault != std::errc{} || end != text.data() + text.size()) refuse(400, "Content-Length is not one number");
    return octets;
}

/// RFC 9112 section 6, without what it lets a recipient guess.
Framing framing_of(const RequestHead& head) {
    const auto* coding = single(head, "Transfer-Encoding");
    const auto* length = single(head, "Content-Length");
    if (coding && length) refuse(400, "both Content-Length and Transfer-Encoding");
    if (coding && head.minor == 0) refuse(400, "Transfer-Encoding in HTTP/1.0");
    if (coding && coding->empty()) refuse(400, "Transfer-Encoding is empty");
    if (coding && !equals_ignoring_case(*coding, "chunked")) refuse(501, "a transfer coding other than chunked");
    const auto octets = length ? parse_length(*length) : 0;
    if (head.method == "CONNECT") {
        if (coding || octets > 0) refuse(400, "CONNECT with content");
        return NoBody{};
    }
    if (coding) return Chunked{};
    if (length) return Length{octets};
    return NoBody{};
}

/// A head that is whole: by Beast's grammar, then by the checks that Beast leaves to its user.
RequestHead parse_whole(std::string_view text) {
    HeadParser parser;
    parser.skip(true);
    parser.header_limit(kLargestHead);
    beast::error_code fault;
    parser.put(boost::asio::const_buffer(text.data(), text.size()), fault);
    if (fault || !parser.is_done()) refuse(400, fault ? fault.message() : "the head ends early");
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
