#pragma once

#include "base/bytes.h"
#include "tls/handles.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

/// Certificates for tests, made in the process.
namespace bascule::test {

struct Issued {
    tls::CertificateHandle certificate;
    tls::KeyHandle key;
    X509* x509() const { return certificate.get(); }
};

/// An extension as it is, whatever it says.
struct RawExtension {
    int nid = 0;
    bool critical = false;
    std::string config;  ///< as in openssl.cnf; or
    Bytes der;           ///< where not empty, the value
};

struct CertificateSpec {
    std::string common_name;                        ///< empty: an empty subject
    std::vector<std::string> names;                 ///< SAN: DNS names, and addresses in text form; empty: no extension
    bool authority = false;                         ///< CA:TRUE, keyCertSign
    std::string extended_key_usage = "serverAuth";  ///< as in openssl.cnf; empty: no extension
    std::vector<RawExtension> extensions;           ///< more of them
    std::string key = "P-256";  ///< P-224, P-256, P-384, RSA-bits, OpenSSL's name; one per process and text, but P-*
    std::string digest = "SHA256";
    std::chrono::system_clock::time_point begin = std::chrono::system_clock::now() - std::chrono::hours(24);
    std::chrono::system_clock::time_point end = std::chrono::system_clock::now() + std::chrono::hours(24 * 365);
};

/// Signed by `issuer`, or by itself.
Issued issue(const CertificateSpec& spec, const Issued* issuer = nullptr);

/// A root with the usual extensions.
Issued make_root(const std::string& common_name = "Test Root");

std::string to_pem(X509* certificate);
std::string to_pem(EVP_PKEY* key);  ///< PKCS#8

/// A certificate's extension as X509V3_EXT_print shows it; empty where there is none.
std::string extension_text(X509* certificate, int nid);

/// A directory of its own, removed at the end.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    std::string path(const std::string& name) const { return (path_ / name).string(); }
    /// Writes a file and returns its path.
    std::string write(const std::string& name, const std::string& text, int mode = 0600) const;

  private:
    std::filesystem::path path_;
};

}  // namespace bascule::test
