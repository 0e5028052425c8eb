#include "http/reply.h"

#include "base/text.h"

#include <fmt/format.h>

namespace bascule::http {
namespace {

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

std::string reply_head(int status, std::string_view type, std::size_t size, Then then) {
    return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n{}\r\n",
                       status, reason_of(status), type, size, then == Then::close ? "Connection: close\r\n" : "");
}

std::string reply(int status, std::string_view text, Then then) {
    const auto body = without_control(text) + "\n";
    return reply_head(status, "text/plain", body.size(), then) + body;
}

}  // namespace bascule::http
