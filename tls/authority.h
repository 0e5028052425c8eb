#pragma once

#include "base/duration.h"
#include "base/error.h"
#include "tls/handles.h"
#include "tls/signer.h"

#include <memory>
#include <string>

namespace bascule::tls {

/// The certificate authority that leaves are forged under: its certificate, parsed once, and a signer for its key.
/// Immutable, shared by all workers.
class Authority {
  public:
    /// Reads PEM files. Throws AuthorityError: a missing file (with the command that makes one), a key that group or
    /// others can read (refused, with the chmod to run), a key that does not belong to the certificate (with both
    /// public keys' SHA-256), a certificate that is no CA, lacks keyCertSign, or has expired.
    static std::shared_ptr<const Authority> load(const std::string& certificate_path, const std::string& key_path);

    Authority(CertificateHandle certificate, std::unique_ptr<Signer> signer);

    X509* certificate() const { return certificate_.get(); }
    Signer& signer() const { return *signer_; }
    const std::string& subject() const { return subject_; }          ///< RFC 4514
    const std::string& fingerprint() const { return fingerprint_; }  ///< SHA-256, lower-case hex
    WallTime not_after() const { return not_after_; }

  private:
    CertificateHandle certificate_;
    std::unique_ptr<Signer> signer_;
    std::string subject_;
    std::string fingerprint_;
    WallTime not_after_{};
};

/// The certificate alone, with load's checks: for a process that does not hold the key.
CertificateHandle read_authority_certificate(const std::string& path);

/// Which of the two files is at fault, so that the caller can name the place in the configuration.
class AuthorityError : public Error {
  public:
    enum class File : std::uint8_t { certificate, key };
    AuthorityError(File file, const std::string& text, bool not_permitted = false)
        : Error(text), file(file), not_permitted(not_permitted) {}
    File file;
    bool not_permitted;  ///< the file is there, but not for this user
};

/// A new root: ECDSA P-256, CA:TRUE pathlen 0, keyCertSign and cRLSign, ten years (at most), both PEM texts.
struct CreatedAuthority {
    std::string certificate_pem;
    std::string key_pem;
    std::string fingerprint;
    std::string not_after;  ///< RFC 3339
};
CreatedAuthority create_authority(const std::string& common_name);

}  // namespace bascule::tls
