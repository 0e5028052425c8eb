#pragma once

#include "base/bytes.h"

#include <array>
#include <string>

namespace bascule::tls {

/// HMAC-SHA-256 (RFC 2104) with a random key of its own.
class KeyedHash {
  public:
    KeyedHash();
    std::string hex(ByteView bytes) const;

  private:
    std::array<std::uint8_t, 32> key_;
};

}  // namespace bascule::tls
