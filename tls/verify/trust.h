#pragma once

#include "base/duration.h"
#include "tls/handles.h"
#include "tls/openssl.h"
#include "tls/verify/ocsp.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace bascule::tls {

/// What origins are verified against: Debian's bundle of roots and/or PEM files, and revocation lists. Loaded once per
/// policy (the bundle takes 21 ms). Immutable.
class Trust {
  public:
    /// "system" or PEM paths. Throws Error: a file that is missing, unreadable or holds no certificate; no root at all.
    static std::shared_ptr<const Trust> load(const std::vector<std::string>& sources,
                                             const std::vector<CrlHandle>& lists = {});

    X509_STORE* store() const { return store_.get(); }
    std::size_t roots() const { return roots_; }
    bool has_lists() const { return has_lists_; }
    const std::array<std::uint8_t, 32>& digest() const { return digest_; }  ///< SHA-256 of all that is in it

  private:
    StoreHandle store_;
    std::size_t roots_ = 0;
    bool has_lists_ = false;
    std::array<std::uint8_t, 32> digest_{};
};

/// What the verification of an origin's chain came to.
struct Verification {
    int code = 0;                      ///< X509_V_OK or the first fault: OpenSSL's, or one of OwnFault
    std::string word{};                ///< "ok", or a short word for the fault ("certificate has expired")
    std::string detail{};              ///< for a person: which certificate, the two dates, the names; empty when ok
    Digest leaf{};                     ///< of the origin's own certificate
    std::string ocsp{};                ///< what the OCSP answer says ("good"); empty: there is none
    CertificateHandle lacks_issuer{};  ///< the certificate whose issuer is neither trusted nor there
    int depth = 0;                     ///< of the certificate at fault; 0: the origin's own
    /// The faults are all in the dates and names of the origin's own certificate: another certificate with the same
    /// dates and names has them too, whoever signed it.
    bool in_leaf_alone = false;
    WallTime end = WallTime::max();  ///< ok: when the first certificate of the chain ends
    bool ok() const { return code == 0; }
};

/// Verifies chains for one policy and remembers, bounded and for a short time, that a very chain was good for a very
/// name: the SHA-256 over all presented certificates, the name, and the Trust it was verified under. Never by name
/// alone. Thread-safe, sharded.
class Verifier {
  public:
    using Clock = WallTime (*)();
    struct Options {
        Duration remember_for = std::chrono::minutes(5);
        /// Never believed as an origin's issuer, even where the trust holds them.
        std::vector<CertificateHandle> own_authorities{};
        Clock now = std::chrono::system_clock::now;
    };
    Verifier(std::shared_ptr<const Trust> trust, Options options);
    ~Verifier();
    Verifier(const Verifier&) = delete;

    /// RFC 5280 path building and validation, alternative paths included, and the name: `server_name` is a DNS name
    /// (SAN only, no CN fallback, no partial wildcards) or an address in text form (iPAddress SAN only). Beyond
    /// OpenSSL: see chain_checks.h. `untrusted` (may be null) is what was presented with `leaf`, in any order, and what
    /// was fetched for it.
    Verification verify(X509* leaf, STACK_OF(X509) * untrusted, const std::string& server_name) const;

    /// What to ask an OCSP responder about `leaf`; empty: its issuer is not known.
    Bytes status_request(X509* leaf, STACK_OF(X509) * untrusted) const;

    /// What an OCSP answer says of `leaf`; verified answers are remembered as chains are.
    Staple judge_answer(ByteView answer, X509* leaf, STACK_OF(X509) * untrusted) const;

    const Trust& trust() const { return *trust_; }
    /// Of all that a verdict depends on but the certificates, the name and the time.
    const Digest& policy_digest() const { return policy_digest_; }

  private:
    struct Memory;
    struct Attempt;
    struct Question;
    Attempt judge(const Question& question) const;
    Attempt attempt(const Question& question, STACK_OF(X509) * untrusted, X509* anchor) const;
    Attempt other_paths(const Question& question) const;
    WallTime::duration remember_for() const;
    bool is_own(X509* certificate) const;
    CertificateHandle issuer_of(X509* leaf, STACK_OF(X509) * untrusted) const;

    std::shared_ptr<const Trust> trust_;
    Options options_;
    Digest policy_digest_{};
    std::unique_ptr<Memory> memory_;
};

}  // namespace bascule::tls
