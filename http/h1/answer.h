#pragma once

#include "http/h1/framing.h"
#include "http/h1/parser.h"
#include "http/h1/request.h"

namespace bascule::http {

/// What of a request decides how its answer is read.
struct Asked {
    bool head = false;     ///< HEAD: no content
    bool connect = false;  ///< CONNECT: a 2xx begins a tunnel
    bool upgrade = false;  ///< it may turn into another protocol
    bool socket = false;   ///< namely a WebSocket
};

constexpr bool is_informational(int status) {
    return status >= 100 && status < 200;
}
/// Whether after this answer both directions are something else than HTTP.
constexpr bool begins_tunnel(const Asked& asked, int status) {
    return status == 101 || (asked.connect && status >= 200 && status < 300);
}

/// Checks of a whole answer what the grammar leaves open, and where its content ends (RFC 9112 section 6.3, without
/// what it lets a recipient guess). Throws BadHead (502).
Framing check_answer(const StatusLine& line, const KnownFields& known, const Asked& asked);

}  // namespace bascule::http
