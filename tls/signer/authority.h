#pragma once

#include "base/duration.h"
#include "base/error.h"
#include "tls/handles.h"
#include "tls/openssl.h"
#include "tls/signer/authority_chain.h"
#include "tls/signer/signer.h"

#include <memory>
#include <string>
#include <vector>

namespace bascule::tls {

/// The certificate authority that leaves are forged under: its certificate, parsed once, and a signer for its key.
/// Immutable, shared by all workers.
class Authority {
  public:
    /// With the key in this process: for commands and tests. The daemon's is with its signer
    /// (tls/signer/signer_control.h). Throws as read_authority.
    static std::shared_ptr<const Authority> load(const std::string& certificate_path, const std::string& key_source);

    /// `others`: what else its file holds. Throws as chain_above.
    Authority(CertificateHandle certificate, std::unique_ptr<Signer> signer,
              std::vector<CertificateHandle> others = {});

    X509* certificate() const { return certificate_.get(); }
    Signer& signer() const { return *signer_; }
    const std::string& subject() const { return subject_; }          ///< RFC 4514
    const std::string& fingerprint() const { return fingerprint_; }  ///< SHA-256, lower-case hex
    WallTime not_before() const { return not_before_; }
    WallTime not_after() const { return not_after_; }
    const AuthorityChain& chain() const { return chain_; }
    STACK_OF(X509) * sent() const {
        return sent_.get();
    }  ///< with each leaf: the CA unless self-signed, its issuers; null: nothing
    const Digest& identity() const { return identity_; }  ///< SHA-256 of the certificate and what is sent with leaves

  private:
    void send_along(X509* certificate);

    CertificateHandle certificate_;
    std::unique_ptr<Signer> signer_;
    AuthorityChain chain_;
    ChainHandle sent_;
    Digest identity_{};
    std::string subject_;
    std::string fingerprint_;
    WallTime not_before_{};
    WallTime not_after_{};
};

struct CertificateAndKey {
    CertificateHandle certificate;
    KeyHandle key;
    std::vector<CertificateHandle> others;  ///< what else the certificate's file holds
};
/// Reads a PEM file and a key (see load_private_key). Throws AuthorityError: a missing file (with the command that
/// makes one), a key that group or others can read (refused, with the chmod to run), a key that does not belong to the
/// certificate (with both public keys' SHA-256), a certificate that is no CA, lacks keyCertSign, may not be for TLS
/// servers, is too weak, or has expired; issuers in the file that cannot carry a leaf. Not valid yet is no fault: the
/// clock of a machine that boots may be wrong, and is set later.
CertificateAndKey read_authority(const std::string& certificate_path, const std::string& key_source);

/// Which of the two files is at fault, so that the caller can name the place in the configuration.
class AuthorityError : public Error {
  public:
    enum class File : std::uint8_t { certificate, key };
    AuthorityError(File file, const std::string& text, bool not_permitted = false)
        : Error(text), file(file), not_permitted(not_permitted) {}
    File file;
    bool not_permitted;  ///< the file is there, but not for this user
};

}  // namespace bascule::tls
