#pragma once

#include "http/exchanges.h"
#include "http/h1/framing.h"
#include "http/h1/parser.h"

namespace bascule::http {

/// What decides over framing and destination, found in one pass; null: not there.
struct KnownFields {
    const FieldView* host = nullptr;
    const FieldView* length = nullptr;
    const FieldView* coding = nullptr;
    const FieldView* upgrade = nullptr;
};
/// `repeatable`: a Content-Length that occurs again with the same value is one, as browsers take it of origins.
/// Throws BadHead: one of them occurs twice.
KnownFields find_known(FieldViews fields, bool repeatable);

/// A number and nothing else. Throws BadHead.
std::uint64_t parse_length(std::string_view text);

/// Checks of a whole request what the grammar leaves open: the target fits the method, Host is there once and is one,
/// the content has one end (RFC 9112 section 6, without what it lets a recipient guess). Throws BadHead.
Framing check_request(const RequestLine& line, const KnownFields& known);

}  // namespace bascule::http
