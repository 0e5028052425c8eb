#include "rules/message/rule.h"

#include <fmt/format.h>

#include <string>

namespace bascule::rules {
namespace {

constexpr int kFirstStatus = 100, kLastStatus = 599;

std::optional<int> parse_status(std::string_view text) {
    const bool three_digits = text.size() == 3 && text.find_first_not_of("0123456789") == text.npos;
    if (!three_digits) return std::nullopt;
    const int status = std::stoi(std::string(text));
    return status >= kFirstStatus && status <= kLastStatus ? std::optional(status) : std::nullopt;
}

}  // namespace

std::optional<StatusRange> StatusRange::parse(std::string_view text) {
    if (text.size() == 3 && text.ends_with("xx") && text.front() >= '1' && text.front() <= '5') {
        const int first = (text.front() - '0') * 100;
        return StatusRange{.first = first, .last = first + 99};
    }
    const auto dash = text.find('-');
    const auto first = parse_status(text.substr(0, dash));
    const auto last = dash == text.npos ? first : parse_status(text.substr(dash + 1));
    if (!first || !last || *first > *last) return std::nullopt;
    return StatusRange{.first = *first, .last = *last};
}

std::string StatusRange::text() const {
    if (first == last) return std::to_string(first);
    if (first % 100 == 0 && last == first + 99) return fmt::format("{}xx", first / 100);
    return fmt::format("{}-{}", first, last);
}

std::optional<SizeRange> SizeRange::parse(std::string_view text) {
    SizeRange range{.written = std::string(text)};
    const auto dash = text.find('-');
    if (text.starts_with('>')) {
        const auto size = parse_size(text.substr(1));
        if (!size || *size == UINT64_MAX) return std::nullopt;
        range.least = *size + 1;
    } else if (text.starts_with('<')) {
        const auto size = parse_size(text.substr(1));
        if (!size || *size == 0) return std::nullopt;
        range.most = *size - 1;
    } else {
        const auto least = parse_size(text.substr(0, dash));
        const auto most = dash == text.npos ? std::nullopt : parse_size(text.substr(dash + 1));
        if (!least || !most || *least > *most) return std::nullopt;
        range.least = *least;
        range.most = *most;
    }
    return range;
}

bool MessageMatch::asks_response() const {
    return !status.empty() || !content_type.empty() || !response_header.empty() || !size.empty();
}

}  // namespace bascule::rules
