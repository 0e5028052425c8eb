#pragma once

#include "base/bytes.h"
#include "tls/digest_cache.h"
#include "tls/handles.h"

#include <memory>
#include <string>
#include <vector>

/// What the Authority Information Access extension of a certificate tells (RFC 5280 section 4.2.2.1): where issuers are
/// that an origin has left out, and who answers for its revocation.
namespace bascule::tls {

/// Where the certificate says that its issuer can be fetched: the first http URLs, at most three.
std::vector<std::string> issuer_urls(X509* certificate);
/// Where it says that its status can be asked for by OCSP: likewise.
std::vector<std::string> responder_urls(X509* certificate);

using Issuers = std::shared_ptr<const std::vector<CertificateHandle>>;

/// The certificates in what was fetched, at most eight: one in DER, PEM, or a PKCS#7 bag of certificates. Never null.
Issuers parse_issuers(ByteView octets);

/// What was fetched from which URL: an hour where it held certificates, half a minute where it did not. Bounded, shared
/// by the workers. Nothing in it is trusted: it is material for paths only.
class IssuerCache {
  public:
    using Clock = WallTime (*)();
    explicit IssuerCache(std::size_t octets = 4U << 20, Clock now = steady_time);

    /// Null: not known.
    Issuers find(const std::string& url);
    void put(const std::string& url, const Issuers& issuers);
    std::size_t octets() const { return known_.cost(); }

  private:
    Clock now_;
    DigestCache<Issuers> known_;
};

}  // namespace bascule::tls
