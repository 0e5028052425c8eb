#pragma once

#include "tls/hello/client_hello.h"

#include <string_view>
#include <vector>

namespace bascule::tls {

/// What one leg agreed on.
struct Agreed {
    int version = 0;
    std::uint16_t cipher = 0;  ///< IANA number
    int cipher_bits = 0;       ///< the length of its key
    std::uint16_t group = 0;   ///< IANA number; 0: none
};

/// What a client and an origin would have had without us, and do not have, by the record's words. `post-quantum`: the
/// client offers such a group, and none of them could be offered to the origin, or the client did not get the origin's.
/// `version`: one below both. `cipher`: a suite that the client does not offer, or one with a shorter key than the
/// origin chose.
std::vector<std::string_view> downgrades(const ClientHello& hello, const Agreed& upstream, const Agreed& client);

}  // namespace bascule::tls
