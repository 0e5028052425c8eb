#pragma once

#include "http/h1/framing.h"
#include "http/h1/parser.h"
#include "http/h1/request.h"

/// The one answer that origins give unasked: 408, before they close a connection on which nothing was asked for long
/// (RFC 9110 section 15.5.9).
namespace bascule::http {

/// Whether these octets may be its beginning.
bool may_be_unasked(std::string_view text);

/// Checks its whole head, and tells where its content ends. Throws BadHead (502): it does not close the connection, so
/// that a client could take it for an answer and go on.
Framing check_unasked(const StatusLine& line, const KnownFields& known, FieldViews fields);

}  // namespace bascule::http
