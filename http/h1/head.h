#pragma once

#include "base/address.h"
#include "base/bytes.h"
#include "http/h1/bad_head.h"
#include "http/h1/framing.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// HTTP/1.1 request heads (RFC 9112): bytes in, a head out, no I/O. Strict: what is not within the grammar is refused,
/// never repaired in passing.
namespace bascule::http {

struct Field {
    std::string name;
    std::string value;
};

struct RequestHead {
    std::string method;
    std::string target;  ///< as sent
    int minor = 1;       ///< HTTP/1.x
    std::vector<Field> fields;
    Framing body;
    std::size_t size = 0;  ///< octets of the head, its empty line included

    const std::string* field(std::string_view name) const;  ///< first of that name, case ignored; null: none
};

/// Whole bytes so far, from the first of the request. Bare LF, obs-fold, space before a colon, several or invalid
/// Host fields, Content-Length with Transfer-Encoding, a coding other than `chunked`, any coding in HTTP/1.0,
/// repeated or listed lengths, content with CONNECT, a target that does not fit the method: all BadHead. Decided as
/// early as the line that is wrong. One empty line before the request is skipped (and counted in `size`). CONNECT may
/// come without Host, as lftp and mitmproxy send it: its target says it all.
std::variant<NeedMore, RequestHead, BadHead> parse_request_head(ByteView bytes);

/// Whether these first bytes can be (the beginning of) an HTTP/1 request line to any server: a method token, white
/// space, a target, white space, `HTTP/`; more than the grammar has, because servers take more (empty lines before it,
/// several spaces, no version at all). Decided as early as possible; nothing: cannot be told yet.
std::optional<bool> looks_like_http(ByteView bytes);
/// Whether a method in common use and a space come first: worth waiting for the rest, though it comes slowly.
bool begins_like_http(ByteView bytes);

/// Whose resource a request is for, as every server would read it: an absolute target's authority or CONNECT's, else
/// Host (RFC 9112 section 3.2). Nothing: it names none (HTTP/1.0). BadHead: target and Host name different ones, of
/// which servers take the one or the other.
std::variant<std::monostate, std::string, BadHead> host_of(const RequestHead& head);

/// The target of an absolute-form request line (RFC 9112 section 3.2.2): http only; userinfo is refused (RFC 9110
/// section 4.2.4), and so are hosts that are neither an address nor made of letters, digits, `-`, `.`, `_` and `~`.
struct AbsoluteTarget {
    HostPort authority;       ///< port 80 where none is written
    std::string origin_form;  ///< path and query, "/" where empty
};
std::optional<AbsoluteTarget> parse_absolute_target(std::string_view target);

}  // namespace bascule::http
