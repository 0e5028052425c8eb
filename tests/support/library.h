#pragma once

#include "base/bytes.h"

#include <openssl/comp.h>
#include <openssl/ssl.h>

#include <stdexcept>

/// What the OpenSSL at hand is known to have, by its version: a capability that is not found there is a fault, and not
/// a test less.
namespace bascule::test {

inline bool has_ml_dsa() {
    return OpenSSL_version_num() >= 0x30500000UL;
}

/// RFC 8879, with zlib at least, as Debian builds it.
inline bool has_certificate_compression() {
    return OpenSSL_version_num() >= 0x30200000UL;
}

constexpr std::uint16_t kZlib = 1;
constexpr std::uint16_t kZstd = 3;

#if OPENSSL_VERSION_PREREQ(3, 2)

/// Server, before the handshake: its certificate is sent compressed, whatever its size.
inline void compress_certificate(SSL* ssl) {
    if (SSL_compress_certs(ssl, kZlib) != 1) throw std::runtime_error("no compressed certificate");
}

/// Server, before the handshake: what its compressed certificate holds is `content`, said to have `size` octets.
inline void pretend_certificate(SSL* ssl, const Bytes& content, std::size_t size) {
    COMP_CTX* zlib = COMP_CTX_new(COMP_zlib_oneshot());
    Bytes small(content.size() + 1024);
    auto* plain = const_cast<unsigned char*>(content.data());
    const int length = COMP_compress_block(zlib, small.data(), static_cast<int>(small.size()), plain,
                                           static_cast<int>(content.size()));
    COMP_CTX_free(zlib);
    if (length <= 0 ||
        SSL_set1_compressed_cert(ssl, kZlib, small.data(), static_cast<std::size_t>(length), size) != 1) {
        throw std::runtime_error("no compressed certificate");
    }
}

#else

inline void compress_certificate(SSL*) {}
inline void pretend_certificate(SSL*, const Bytes&, std::size_t) {}

#endif

}  // namespace bascule::test
