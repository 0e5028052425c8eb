#pragma once

#include "inspect/message.h"

#include <string>

/// Messages as a person reads them. A line that says which (`* time c=id exchange 3 request`), then the message on
/// lines after `> ` (of the client) or `< ` (of the origin): the head as sent (HTTP/2 likewise, its authority as
/// `:authority`), an empty line, the content. JSON that is whole is laid out, form data has a line for each field, what
/// is binary is shown in hexadecimal, 256 octets of it. What is missing, and trailers, follow. No content can look like
/// a line of ours, or speak to a terminal.
namespace bascule::inspect {

void append_text_message(std::string& out, const MessagePlace& place, const Message& message);
void append_text_message(std::string& out, const MessagePlace& place, const SocketMessage& message);

}  // namespace bascule::inspect
