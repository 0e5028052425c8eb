#include "tls/keyed_hash.h"

#include "tls/openssl.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace bascule::tls {

KeyedHash::KeyedHash() {
    require(RAND_bytes(key_.data(), static_cast<int>(key_.size())) == 1, "random octets");
}

std::string KeyedHash::hex(ByteView bytes) const {
    Digest digest{};
    unsigned size = 0;
    require(HMAC(sha256(), key_.data(), static_cast<int>(key_.size()), bytes.data(), bytes.size(), digest.data(),
                 &size) != nullptr,
            "HMAC");
    return to_hex(digest);
}

}  // namespace bascule::tls
