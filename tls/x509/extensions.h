#pragma once

#include "base/bytes.h"
#include "tls/handles.h"

/// Extensions of the certificates that we make (RFC 5280 section 4.2.1). Throw Error.
namespace bascule::tls {

void add_extension(X509* certificate, int nid, bool critical, ByteView der);

/// The SHA-1 of the public key's bits (RFC 5280 section 4.2.1.2, method 1).
Bytes public_key_id(X509* certificate);
/// The subjectKeyIdentifier as it stands in the certificate, or public_key_id where there is none. Not for
/// a certificate that is still being built: OpenSSL would remember its extensions as they are now.
Bytes key_id_of(X509* certificate);

void add_subject_key_id(X509* certificate, ByteView id);
void add_authority_key_id(X509* certificate, ByteView id);

/// 128 bits, positive, random.
void set_random_serial(X509* certificate);
std::string serial_text(const X509* certificate);  ///< lower-case hex

void set_validity(X509* certificate, std::int64_t not_before, std::int64_t not_after);  ///< seconds since 1970

}  // namespace bascule::tls
