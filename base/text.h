#pragma once

#include "base/bytes.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bascule {

std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view left, std::string_view right);

/// Printable ASCII as it is; everything else, quotes and backslashes as \xHH, \n, \r, \t, \", \\. What a peer sent
/// never reaches a log line, a terminal or an error message in another form.
std::string escape(std::string_view text);

/// The candidate that a person most likely meant (edit distance with transpositions, at most a third of the
/// length), or nothing.
std::optional<std::string> closest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace bascule
