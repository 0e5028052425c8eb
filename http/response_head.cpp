#include "http/response_head.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace bascule::http {
namespace {

constexpr std::size_t kLargest = 16_KiB;
constexpr std::string_view kEnd = "\r\n\r\n";

/// All of the text as a decimal number; nothing: it is none, or too large.
std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

/// `HTTP/1.1 200 OK`
std::optional<int> status_of(std::string_view line) {
    constexpr std::string_view start = "HTTP/1.";
    if (!line.starts_with(start) || line.size() < 12 || line[8] != ' ') return std::nullopt;
    if (line.size() > 12 && line[12] != ' ') return std::nullopt;
    const auto code = number(line.substr(9, 3));
    return code ? std::optional(static_cast<int>(*code)) : std::nullopt;
}

/// What is wrong with the field, or null.
const char* take_field(std::string_view line, ResponseHead& head) {
    const auto colon = line.find(':');
    if (colon == 0 || colon == line.npos || line.find_first_of(" \t") < colon) return "a field is malformed";
    const auto name = line.substr(0, colon);
    if (equals_ignoring_case(name, "transfer-encoding")) return "Transfer-Encoding to HTTP/1.0";
    if (!equals_ignoring_case(name, "content-length")) return nullptr;
    if (head.length) return "several Content-Length fields";
    const auto value = trimmed(line.substr(colon + 1));
    head.length = number(value);
    return head.length ? nullptr : "the Content-Length is no number";
}

}  // namespace

std::variant<NeedMore, ResponseHead, BadHead> parse_response_head(ByteView bytes) {
    auto text = as_text(bytes);
    const auto end = text.substr(0, kLargest).find(kEnd);
    if (end == text.npos) {
        if (text.size() < kLargest) return NeedMore{};
        return BadHead{.what = "the head is larger than 16 KiB"};
    }
    text = text.substr(0, end + 2);
    ResponseHead head;
    head.size = end + kEnd.size();
    bool first = true;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find("\r\n"));
        text.remove_prefix(line.size() + 2);
        const bool control = std::ranges::any_of(line, [](unsigned char c) { return c < ' ' && c != '\t'; });
        if (control) return BadHead{.what = "control characters in the head"};
        if (std::exchange(first, false)) {
            const auto status = status_of(line);
            if (!status) return BadHead{.what = "no HTTP/1 status line"};
            head.status = *status;
        } else if (const auto* wrong = take_field(line, head)) {
            return BadHead{.what = wrong};
        }
    }
    return head;
}

}  // namespace bascule::http
