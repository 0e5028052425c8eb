#include "base/text.h"
#include "config/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace bascule::config {

std::string Problem::text() const {
    const auto where = place.line > 0 ? place.text() : place.file;
    return path.empty() ? fmt::format("{}: {}", where, message) : fmt::format("{}: {}: {}", where, path, message);
}

void Problems::add(const Place& place, const Place& shown, std::string path, std::string message) {
    if (full()) return;
    found_.push_back({place.line, place.column, found_.size(), {shown, std::move(path), std::move(message)}});
}

std::vector<Problem> Problems::take_in_order() {
    std::ranges::sort(found_, {}, [](const Found& found) { return std::tie(found.line, found.column, found.nth); });
    std::vector<Problem> ordered;
    ordered.reserve(found_.size());
    for (auto& found : found_) ordered.push_back(std::move(found.problem));
    if (full()) {
        ordered.push_back({{ordered.back().place.file}, "", "there are more mistakes; these are the first found"});
    }
    found_.clear();
    return ordered;
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t kLongest = 80;
    return fmt::format("\"{}{}\"", escape(text.substr(0, kLongest)), text.size() > kLongest ? "..." : "");
}

std::string one_of(const std::vector<std::string_view>& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
        out += words[i];
    }
    return out;
}

}  // namespace bascule::config
