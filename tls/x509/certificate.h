#pragma once

#include "base/duration.h"
#include "tls/handles.h"
#include "tls/openssl.h"

#include <memory>
#include <string>

namespace bascule::tls {

/// What the record says of a certificate.
struct CertificateText {
    std::string fingerprint;  ///< SHA-256, lower-case hex
    std::string subject;      ///< RFC 4514
    std::string issuer;
    std::string not_after;  ///< RFC 3339
};
CertificateText describe(X509* certificate);

/// The same, described once: the names of a certificate cost more to write out than a connection's whole record.
/// Bounded, shared by the workers, under the certificate's SHA-256, which the caller knows.
std::shared_ptr<const CertificateText> described(X509* certificate, const Digest& digest);

/// As a file: PEM (RFC 7468), or DER.
std::string pem_of(X509* certificate);
Bytes der_of(X509* certificate);

/// RFC 4514 text of a name (a very long one is cut); SHA-256 of a certificate in lower-case hex; its end as RFC 3339.
std::string name_text(const X509_NAME* name);
std::string fingerprint_of(X509* certificate);
std::string not_after_text(X509* certificate);
std::string time_text(const ASN1_TIME* time);  ///< RFC 3339
std::string date_text(WallTime time);          ///< its day alone
/// 1970 where it is no time; a time that WallTime cannot hold becomes the last one that it can.
WallTime time_of(const ASN1_TIME* time);

}  // namespace bascule::tls
