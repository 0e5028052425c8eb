#pragma once

#include "base/bytes.h"
#include "http/exchanges.h"
#include "http/h1/parser.h"

#include <memory>
#include <optional>

namespace bascule::http {

/// A request that may turn into the first stream of HTTP/2 in the clear (h2c, RFC 7540 section 3.2).
struct UpgradeToHttp2 {
    bool head = false;              ///< HEAD: its answer has no content
    std::optional<Bytes> settings;  ///< the payload of the client's SETTINGS; nothing: not there once, or not readable
};

/// Null: the request asks for no such thing.
std::unique_ptr<UpgradeToHttp2> asks_for_http2(const RequestLine& line, FieldViews fields);
/// Whether an answer of status 101 says that it is HTTP/2 that follows; or nothing about it.
bool agrees_to_http2(const FieldView* upgrade);

}  // namespace bascule::http
