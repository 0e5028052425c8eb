#include "proxy/starttls/lines.h"

#include <algorithm>
#include <charconv>

namespace bascule::proxy {
namespace {

constexpr std::size_t kLongestLiteral = 24;  // "{18446744073709551615+}"
constexpr std::string_view kSpace = " \t";

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(kSpace);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

void drop_line_end(std::string& text) {
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
}

}  // namespace

std::size_t Lines::take(ByteView octets) {
    if (complete_) {
        head_.clear();
        tail_.clear();
        complete_ = false;
    }
    if (skip_ > 0) {
        const auto skipped = std::min<std::uint64_t>(skip_, octets.size());
        skip_ -= skipped;
        return skipped;
    }
    const auto text = as_text(octets);
    const auto piece = text.substr(0, text.find('\n'));
    const bool ends = piece.size() < text.size();
    keep(text.substr(0, piece.size() + (ends ? 1 : 0)));
    if (ends) {
        complete_ = true;
        drop_line_end(tail_);
        if (tail_.empty()) drop_line_end(head_);
    }
    return piece.size() + (ends ? 1 : 0);
}

void Lines::keep(std::string_view piece) {
    const auto room = std::min(kLongestLine - head_.size(), piece.size());
    head_.append(piece.substr(0, room));
    piece.remove_prefix(room);
    if (piece.empty()) return;
    tail_.append(piece.substr(piece.size() - std::min(piece.size(), kLongestLiteral + 2)));
    if (tail_.size() > kLongestLiteral + 2) tail_.erase(0, tail_.size() - kLongestLiteral - 2);
}

std::optional<std::string_view> Lines::line() const {
    return complete_ ? std::optional<std::string_view>(head_) : std::nullopt;
}

std::optional<Lines::Literal> Lines::literal() const {
    std::string_view text = tail_.empty() ? head_ : tail_;
    const auto brace = text.rfind('{');
    if (!complete_ || brace == text.npos || !text.ends_with('}')) return std::nullopt;
    text = text.substr(brace + 1, text.size() - brace - 2);
    Literal literal{.octets = 0, .waits = !text.ends_with('+')};
    if (!literal.waits) text.remove_suffix(1);
    const auto [end, fault] = std::from_chars(text.begin(), text.end(), literal.octets);
    return fault == std::errc() && end == text.end() ? std::optional(literal) : std::nullopt;
}

std::string_view first_word(std::string_view line) {
    line = trim(line);
    return line.substr(0, line.find_first_of(kSpace));
}

std::string_view rest_of(std::string_view line) {
    line = trim(line);
    return trim(line.substr(first_word(line).size()));
}

}  // namespace bascule::proxy
