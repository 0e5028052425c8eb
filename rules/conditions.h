#pragma once

#include "rules/judge.h"

#include <fmt/format.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace bascule::rules {

/// What a rule may ask of a connection: by its key, and in words.
struct Condition {
    std::string_view key;
    bool (*present)(const Match&);
    Truth (*holds)(const Match&, const Facts&);
    std::string (*tell)(const Match&, const Facts&);  ///< "port 443 in 25, 465"; the fact is known
};

/// All of them, in the order in which they are told.
std::span<const Condition> conditions();

/// "a, b, c and 12 more"
std::string listed(const auto& values, auto&& text_of) {
    constexpr std::size_t kMostShown = 8;
    std::string out;
    for (std::size_t i = 0; i < values.size() && i < kMostShown; ++i) {
        out += (i == 0 ? "" : ", ") + std::string(std::invoke(text_of, values[i]));
    }
    if (values.size() > kMostShown) out += fmt::format(" and {} more", values.size() - kMostShown);
    return out;
}

}  // namespace bascule::rules
