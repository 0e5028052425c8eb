#pragma once

#include "base/bytes.h"
#include "http/exchanges.h"

#include <cstdint>
#include <optional>
#include <string>

namespace bascule::http {

/// Why octets are not passed on: two readers could read them differently, or they break a bound.
struct Fault {
    enum class Kind : std::uint8_t { ambiguous, flood };
    Kind kind = Kind::ambiguous;
    bool up = true;          ///< whose octets they were: the client's, or the origin's
    std::string what;        ///< for a person: what, by which section of which RFC
    std::string quote{};     ///< the beginning of the octets, escaped: no field, which might hold a secret
    int status = 400;        ///< HTTP/1: what tells it to the client (a 5xx where the origin did it)
    std::uint32_t code = 1;  ///< HTTP/2: the error code (RFC 9113 section 7); PROTOCOL_ERROR
    /// Of the answer that the client waits for nothing was passed on: it can be told; a part was: it is cut short; or
    /// it waits for none.
    enum class Answer : std::uint8_t { due, begun, none };
    Answer answer = Answer::due;
    std::optional<ExchangeId>
        exchange{};  ///< of which it is, perhaps one that has not been told; none: of no one alone
};

/// Walks along both directions of one connection and tells what passes (Exchanges); nothing is changed. Each octet is
/// understood before it is admitted. After a fault nothing more is admitted in either direction.
class Walker {
  public:
    virtual ~Walker() = default;
    /// `octets` is all that has come in this direction and was not admitted. How many of them to pass on now; the rest
    /// is offered again with what follows it, or when the other direction has moved. Never more than 128 KiB are held
    /// by it: what would need more is a fault.
    virtual std::size_t admit(bool up, ByteView octets) = 0;
    /// That side sends nothing more; what of its octets was not admitted is offered once more. Not `in_order`: octets
    /// of it may be missing.
    virtual void ended(bool up, bool in_order) = 0;
    /// Whether every message that has begun is whole, and every request answered.
    virtual bool all_whole() const = 0;
    /// Whether what was not admitted of that side is the beginning of a head.
    virtual bool in_head(bool up) const = 0;
    virtual const std::optional<Fault>& fault() const = 0;
    /// What tells one side of a fault, where the protocol has something and it can stand after what was passed on: an
    /// answer to the client (HTTP/1), GOAWAY to either (HTTP/2). Empty: nothing.
    virtual std::string last_words(const Fault& fault, bool to_client) const = 0;
};

}  // namespace bascule::http
