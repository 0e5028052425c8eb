#pragma once

#include <string>

namespace bascule {

/// Where a value was written: the file as the user named it, line and column counted from 1.
struct Place {
    std::string file;
    int line = 0;
    int column = 0;

    std::string line_text() const { return file + ":" + std::to_string(line); }      ///< file:line
    std::string text() const { return line_text() + ":" + std::to_string(column); }  ///< file:line:column
};

}  // namespace bascule
