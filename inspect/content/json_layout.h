#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bascule::inspect {

/// A JSON text (RFC 8259) with one element a line, indented by two spaces; every token keeps its spelling. Nothing: it
/// is none, is nested too deeply, or would become many times as long.
std::optional<std::string> lay_out_json(std::string_view text);

}  // namespace bascule::inspect
