#pragma once

#include <string>
#include <string_view>

/// What passed, as a person may see it on a terminal: printable UTF-8 and tabs as they are, everything else as \xHH.
namespace bascule::inspect {

void append_shown(std::string& out, std::string_view octets);

/// One line of it: takes it off the front with its end (CR LF or LF), and ends it.
void append_shown_line(std::string& out, std::string_view& octets);

/// xxd's way: offset, sixteen octets, the same as ASCII; each line after `prefix`.
void append_hex(std::string& out, std::string_view octets, std::string_view prefix);

/// RFC 4648 section 4
std::string base64(std::string_view octets);

}  // namespace bascule::inspect
