#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "tls/handles.h"

#include <array>
#include <cstdint>
#include <string>

/// What everything that calls OpenSSL needs: its errors as text, and digests that are fetched once (an implicit
/// fetch takes locks each time).
namespace bascule::tls {

/// The reason of the oldest entry in this thread's error queue ("bad decrypt"), which is empty afterwards.
std::string take_openssl_reason();

/// Throws Error("what: reason") unless `done`.
inline void require(bool done, const char* what) {
    if (!done) throw Error("{}: {}", what, take_openssl_reason());
}

/// What one of OpenSSL's i2d functions writes. Throws Error.
template <auto Encode, class Object>
Bytes to_der(Object* object) {
    unsigned char* der = nullptr;
    const int size = Encode(object, &der);
    require(size > 0, "encoding");
    const Handle<unsigned char, [](unsigned char* octets) { OPENSSL_free(octets); }> owner(der);
    return {der, der + size};
}

const EVP_MD* sha256();

using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 of several pieces, without a copy that joins them.
class Sha256 {
  public:
    Sha256();
    Sha256& add(ByteView bytes);
    Digest finish();

  private:
    DigestHandle context_;
};

/// SHA-256 of a certificate's or a revocation list's DER.
Digest digest_of(X509* certificate);
Digest digest_of(X509_CRL* list);

}  // namespace bascule::tls
