#pragma once

#include "http/exchanges.h"
#include "http/h2/fields.h"

namespace bascule::http::h2 {

/// What a head must be to be a request (RFC 9113 sections 8.3.1 and 8.5, RFC 8441): the target has one meaning. Views
/// into the message. Throws Bad.
RequestView read_request(const Message& message, bool extended_connect);
/// What a promised one must be beyond that (RFC 9113 section 8.4).
void check_promised(const Message& message, const RequestView& request);
/// RFC 9113 section 8.3.2
ResponseView read_response(const Message& message);
/// Nothing that frames, routes or begins a message (RFC 9113 section 8.1, RFC 9110 section 6.5.1).
void check_trailers(const Message& message);

}  // namespace bascule::http::h2
