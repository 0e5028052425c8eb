#pragma once

#include "base/bytes.h"

#include <optional>
#include <span>

/// What goes over the sockets between the daemon and its signer: frames of a length (four octets, of all that
/// follows), a kind, a number that the answer repeats, and a body. Integers are big-endian.
namespace bascule::tls::signing {

enum class Kind : std::uint8_t {
    // asked
    sign = 1,  ///< the authority's number (4 octets), the to-be-signed part: `signature`, `busy`, `refused` or `failed`
    load,      ///< longest life of leaves in seconds (8), length (2) and path of the certificate, source of the key:
               ///< `loaded`, `bad_certificate`, `bad_key` or `failed`
    release,   ///< the authority's number: one load of it is not needed any more; no answer
    // answered; where nothing else stands, the body is a text for a person
    signature = 16,  ///< the signature
    loaded,   ///< the authority's number (4), its certificate and what else its file holds (DER, one after the other)
    busy,     ///< more signatures were asked for in this time than are given
    refused,  ///< this is no leaf that the authority may sign
    failed,   ///< it could not be done
    bad_certificate,  ///< the certificate's file is at fault
    bad_key,          ///< the key is
};

struct Message {
    Kind kind{};
    std::uint32_t number = 0;
    ByteView body;
};

/// A certificate with 10,000 names takes half of it.
inline constexpr std::size_t kLargest = 1_MiB;
inline constexpr std::size_t kHeadSize = 9;

/// The frame's octets, its body put together from pieces. Throws Error where they are more than kLargest.
Bytes frame(Kind kind, std::uint32_t number, std::initializer_list<ByteView> body);

Bytes big_endian(std::uint64_t value, std::size_t octets);

/// Puts frames together from what arrives, in whatever pieces. Bounded by kLargest and one receive buffer.
class Inbox {
  public:
    void add(ByteView octets);
    /// The next whole frame; its body lives until the next call of either function. Throws Error for one that is
    /// larger than any may be.
    std::optional<Message> next();

  private:
    Bytes octets_;
    std::size_t used_ = 0;
};

}  // namespace bascule::tls::signing
