#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <span>
#include <string_view>

/// What the codecs of this folder tell, whichever version is spoken: each request and answer while its octets pass.
namespace bascule::http {

/// As it came, without the white space around the value. HTTP/2: without the pseudo-fields.
struct FieldView {
    std::string_view name;
    std::string_view value;
};
using FieldViews = std::span<const FieldView>;

/// Which exchange of a connection: counted from 1 (HTTP/1), or the stream (HTTP/2).
using ExchangeId = std::uint32_t;

struct RequestView {
    std::string_view version;    ///< "1.0", "1.1", "2"
    std::string_view method;     ///< as sent, like all that follows
    std::string_view scheme;     ///< empty: not said
    std::string_view authority;  ///< empty: none named
    std::string_view path;       ///< with the query; `*` and CONNECT's target too
    std::string_view protocol;   ///< what the exchange is to turn into: Upgrade, or :protocol (RFC 8441)
    FieldViews fields;
    std::size_t head_bytes = 0;  ///< on the wire
};

struct ResponseView {
    std::string_view version;
    int status = 0;
    std::string_view reason{};  ///< HTTP/1
    FieldViews fields;
    std::size_t head_bytes = 0;  ///< on the wire
};

/// Who is told. What is handed over lives for the call. `up` is from the client to the origin. Told of octets before
/// they are passed on.
class Exchanges {
  public:
    virtual void request(ExchangeId exchange, const RequestView& head) = 0;
    /// What follows of that exchange, 101 and the rest of its request included, comes under the number of a stream:
    /// both sides go on in HTTP/2 (h2c, RFC 7540 section 3.2). No other exchange is open.
    virtual void becomes_stream(ExchangeId /*exchange*/, ExchangeId /*stream*/) {}
    /// 1xx; also 101, after which the octets of both directions come as body(), unless it is a stream now.
    virtual void informational(ExchangeId exchange, const ResponseView& head) = 0;
    /// The final answer. 2xx to CONNECT: the octets of both directions come as body() from then on.
    virtual void response(ExchangeId exchange, const ResponseView& head) = 0;
    /// A piece of the content, without the framing around it.
    virtual void body(ExchangeId exchange, bool up, ByteView octets) = 0;
    virtual void trailers(ExchangeId exchange, bool up, FieldViews fields) = 0;
    /// This direction of the exchange is whole: it was said to be, or has all the content that it said it has.
    virtual void ended(ExchangeId exchange, bool up) = 0;
    /// Either side gave the exchange up (RST_STREAM, RFC 9113 section 6.4): nothing more is told of it.
    virtual void reset(ExchangeId exchange, bool up, std::uint32_t code) = 0;

  protected:
    ~Exchanges() = default;
};

}  // namespace bascule::http
