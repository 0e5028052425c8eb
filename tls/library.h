#pragma once

#include "base/bytes.h"
#include "tls/handles.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

/// Which OpenSSL is at hand, and what it can. Here alone a version may be looked at (tests/layering.py): the rest of
/// tls/ asks for a capability by its name.
namespace bascule::tls {

/// "OpenSSL 3.0.22 ...": the library this process runs with, and the one it was compiled with.
const char* library_loaded();
const char* library_compiled();

/// Whether it has a group for key exchange of this name: a look that costs microseconds, for start.
bool knows_group(std::string_view name);
/// Whether a `*` before a name in a list of groups has the client send a key share for it (OpenSSL 3.5); else it sends
/// one, for the first group.
bool chooses_key_shares();

/// A client that offers nothing older than TLS 1.1 says an empty renegotiation_info, and not the suite (since 3.4).
bool says_renegotiation_info();

/// Whether it can sign and verify with the scheme of this name: a look that costs microseconds, for start.
bool knows_scheme(std::string_view name);

/// The algorithms that it can compress certificates with (IANA "TLS Certificate Compression Algorithm IDs"): none
/// before OpenSSL 3.2.
const std::vector<std::uint16_t>& compressions();

/// Peers of this context are told that they may compress their certificates with these; none: they are told nothing.
void expect_compressed(SSL_CTX* context, std::span<const std::uint16_t> algorithms);

/// A Certificate message (RFC 8446 section 4.4.2) as RFC 8879 section 4 compresses it.
struct CompressedCertificate {
    Bytes octets;          ///< empty: it would not be smaller
    std::size_t size = 0;  ///< of the message as it is
};

/// Costs some 60 us. `chain`: null, nothing is sent after the certificate.
CompressedCertificate compress_certificate(X509* certificate, STACK_OF(X509) * chain, std::uint16_t algorithm);

/// Server, where the session has its certificate already: a client that offers the algorithm gets this form of it.
void show_compressed(SSL* ssl, const CompressedCertificate& form, std::uint16_t algorithm);
/// Whether it looks for the decoders of a kind of key once, and not for each key.
bool remembers_decoders();

}  // namespace bascule::tls
