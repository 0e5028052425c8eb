#pragma once

#include "http/exchanges.h"
#include "http/h1/request.h"

#include <string>
#include <string_view>
#include <vector>

/// What is told of HTTP/1 messages: views of the octets at hand.
namespace bascule::http {

std::string_view version_text(int minor);

/// `http://host:port/path?query` in its parts; an origin-form target is all path. Without its fields.
RequestView view_of(const RequestLine& line, const KnownFields& known);

/// Lines of the grammar that BodyEnd holds them to: each ends in CR LF.
void split_fields(std::string_view lines, std::vector<FieldView>& fields);

/// The first line of a head, to be quoted, if it looks like one: what follows a body whose length is wrong is content,
/// and fields hold secrets.
std::string start_line(std::string_view head);

/// Of the URL and Host servers take the one or the other (RFC 9112 section 3.2.2): throws BadHead where they name
/// different hosts.
void check_authority(const RequestLine& line, const KnownFields& known);

}  // namespace bascule::http
