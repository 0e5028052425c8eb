#pragma once

#include <string>

namespace bascule::daemon {

/// A word of a shell's line, in quotes where it needs them.
std::string shell_word(const std::string& word);

}  // namespace bascule::daemon
