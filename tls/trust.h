#pragma once

#include "base/duration.h"
#include "tls/handles.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace bascule::tls {

/// The roots that origins are verified against: Debian's bundle and/or PEM files, loaded once per policy (it takes
/// 21 ms). Immutable.
class Trust {
  public:
    /// "system" or PEM paths. Throws Error: a file that is missing, unreadable or holds no certificate; no root at all.
    static std::shared_ptr<const Trust> load(const std::vector<std::string>& sources);

    X509_STORE* store() const { return store_.get(); }
    std::size_t roots() const { return roots_; }
    const std::array<std::uint8_t, 32>& digest() const { return digest_; }  ///< SHA-256 of all that is trusted

  private:
    StoreHandle store_;
    std::size_t roots_ = 0;
    std::array<std::uint8_t, 32> digest_{};
};

/// What the verification of an origin's chain came to.
struct Verification {
    int code = 0;        ///< X509_V_OK or the first fault
    std::string word;    ///< "ok", or OpenSSL's short word ("certificate has expired")
    std::string detail;  ///< for a person: which certificate, the two dates, the names; empty when ok
    int depth = 0;       ///< of the certificate at fault; 0: the origin's own
    /// The faults are all in the dates and names of the origin's own certificate: another certificate with the same
    /// dates and names has them too, whoever signed it.
    bool in_leaf_alone = false;
    bool ok() const { return code == 0; }
};

/// Verifies chains for one policy and remembers, bounded and for a short time, that a very chain was good for a very
/// name: the SHA-256 over all presented certificates, the name, and the Trust it was verified under. Never by name
/// alone. Thread-safe, sharded.
class Verifier {
  public:
    using Clock = WallTime (*)();
    Verifier(std::shared_ptr<const Trust> trust, Duration remember_for, Clock now = std::chrono::system_clock::now);
    ~Verifier();
    Verifier(const Verifier&) = delete;

    /// Chain, purpose (sslserver), time, and the name: `server_name` is a DNS name (SAN only, no CN fallback, no
    /// partial wildcards) or an address in text form (iPAddress SAN only). Certificates with weak keys or signatures
    /// are refused (security level 2 in the chain). The presented chain is `leaf` and `untrusted` (may be null).
    Verification verify(X509* leaf, STACK_OF(X509) * untrusted, const std::string& server_name) const;

    const Trust& trust() const { return *trust_; }

  private:
    Verification judge(X509* leaf, STACK_OF(X509) * untrusted, const std::string* server_name, WallTime now) const;

    struct Memory;
    std::shared_ptr<const Trust> trust_;
    Duration remember_for_;
    Clock now_;
    std::unique_ptr<Memory> memory_;
};

/// What the record says of a certificate.
struct CertificateText {
    std::string fingerprint;  ///< SHA-256, lower-case hex
    std::string subject;      ///< RFC 4514
    std::string issuer;
    std::string not_after;  ///< RFC 3339
};
CertificateText describe(X509* certificate);

/// RFC 4514 text of a name (a very long one is cut); SHA-256 of a certificate in lower-case hex; its end as RFC 3339.
std::string name_text(const X509_NAME* name);
std::string fingerprint_of(X509* certificate);
std::string not_after_text(X509* certificate);
std::string time_text(const ASN1_TIME* time);  ///< RFC 3339
/// 1970 where it is no time; a time that WallTime cannot hold becomes the last one that it can.
WallTime time_of(const ASN1_TIME* time);

}  // namespace bascule::tls
