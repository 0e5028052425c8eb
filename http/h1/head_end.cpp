#include "http/h1/head_end.h"

#include "http/h1/bad_head.h"
#include "http/h1/grammar.h"

namespace bascule::http {
namespace {

/// Early: an HTTP/0.9 request has no empty line to wait for.
void check_request_line(std::string_view line) {
    if (line.substr(0, line.find(' ')).size() > kLongestMethod)
        throw BadHead{501, "the method is longer than 32 octets, as none in use is (RFC 9110 section 16.1)"};
    const auto version = line.substr(line.rfind(' ') + 1);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (version.size() != 8 || !version.starts_with("HTTP/") || !digit(version[5]) || version[6] != '.' ||
        !digit(version[7])) {
        throw BadHead{400, std::string(kNoRequestLine)};
    }
    if (version != "HTTP/1.0" && version != "HTTP/1.1")
        throw BadHead{505, "the HTTP version is neither 1.0 nor 1.1, which are spoken here (RFC 9110 section 15.6.6)"};
}

void check_status_line(std::string_view line) {
    if (!line.starts_with("HTTP/1.0 ") && !line.starts_with("HTTP/1.1 "))
        throw BadHead{502, std::string(kNoStatusLine)};
}

}  // namespace

void HeadEnd::check_length(std::string_view line) const {
    if (lines_ == 0 && of_ == HeadOf::request && line.size() > kLongestRequestLine)
        throw BadHead{414, "the request line is longer than 8 KiB (RFC 9112 section 3); send less in the URL"};
    if (line.size() > kLongestFieldLine)
        throw BadHead{431, "a header field is longer than 64 KiB (RFC 6585 section 5); clear the cookies of this site"};
    if (line_start_ + line.size() >= kLargestHead)
        throw BadHead{431, "the head is larger than 128 KiB (RFC 6585 section 5); clear the cookies of this site"};
}

void HeadEnd::check_start(std::string_view line) const {
    if (lines_ == 0 || line.empty() || (line.front() != ' ' && line.front() != '\t')) return;
    throw BadHead{400, lines_ == 1 ? "white space precedes the first header field (RFC 9112 section 2.2)"
                                   : "a header field is folded over lines (RFC 9112 section 5.2); write it as one"};
}

std::optional<std::size_t> HeadEnd::find(std::string_view text) {
    while (true) {
        const auto end = text.find('\n', looked_at_);
        const auto line = text.substr(line_start_, end - line_start_);
        check_length(line);
        check_start(line);
        looked_at_ = std::min(end, text.size());
        if (end == text.npos) return std::nullopt;
        if (!line.ends_with('\r')) throw BadHead{400, "a line ends without CR (RFC 9112 section 2.2)"};
        if (line.size() == 1 && lines_ > 0) return end + 1;
        if (lines_ > kMostFields) throw BadHead{431, "there are more than 200 header fields (RFC 6585 section 5)"};
        if (lines_ == 0) {
            const auto start_line = line.substr(0, line.size() - 1);
            of_ == HeadOf::request ? check_request_line(start_line) : check_status_line(start_line);
        }
        ++lines_;
        line_start_ = looked_at_ = end + 1;
    }
}

}  // namespace bascule::http
