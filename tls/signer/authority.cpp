#include "tls/signer/authority.h"

#include "tls/openssl.h"
#include "tls/signer/local_signer.h"
#include "tls/x509/certificate.h"
#include "tls/x509/key_source.h"
#include "tls/x509/pem.h"

#include <filesystem>

namespace bascule::tls {
namespace {

using File = AuthorityError::File;

std::string directory_of(const std::string& path) {
    const auto parent = std::filesystem::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
}

/// Runs `read`; what it throws becomes the error of that file.
template <class Read>
auto reading(File file, const std::string& path, Read read) {
    try {
        return read(path);
    } catch (const CannotOpen& fault) {
        if (fault.error != ENOENT || is_key_elsewhere(path))
            throw AuthorityError(file, fault.what(), fault.error == EACCES);
        if (file == File::key) {
            throw AuthorityError(file,
                                 fmt::format("{}, though its certificate is there: put the key back that was made "
                                             "with it, or make another CA with: bascule ca create --directory NEW",
                                             fault.what()));
        }
        throw AuthorityError(file, fmt::format("{}; create one with: bascule ca create --directory {}", fault.what(),
                                               directory_of(path)));
    } catch (const Error& fault) {
        throw AuthorityError(file, fault.what());
    }
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw AuthorityError(File::certificate, fmt::format("{}: {}; make a CA with: bascule ca create --directory {}",
                                                        path, why, directory_of(path)));
}

std::string key_fingerprint(EVP_PKEY* key) {
    return to_hex(Sha256().add(to_der<i2d_PUBKEY>(key)).finish());
}

bool is_weak(EVP_PKEY* key) {
    const int bits = EVP_PKEY_get_bits(key);
    return (EVP_PKEY_is_a(key, "RSA") && bits < 2048) || (EVP_PKEY_is_a(key, "EC") && bits < 256);
}

bool can_sign(EVP_PKEY* key) {
    return EVP_PKEY_is_a(key, "EC") || EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "ED25519");
}

void check_is_authority(X509* certificate, const std::string& path) {
    constexpr int kVersion3Authority = 1;  // X509_check_ca(3); other values are guesses about old certificates
    if (X509_check_ca(certificate) != kVersion3Authority) {
        const bool by_usage = (X509_get_extension_flags(certificate) & EXFLAG_CA) != 0;
        refuse(path, by_usage ? "its key usage lacks keyCertSign, so it cannot sign leaves"
                              : "is not a CA certificate (basicConstraints CA:TRUE is missing)");
    }
    const auto now = std::chrono::system_clock::now();
    const auto end = time_of(X509_get0_notAfter(certificate));
    if (end <= now) refuse(path, fmt::format("expired {} (now {})", date_text(end), date_text(now)));
    auto* key = X509_get0_pubkey(certificate);
    if (!key || !can_sign(key)) refuse(path, "its key is neither RSA, ECDSA nor Ed25519");
    if (is_weak(key)) refuse(path, "its key is weaker than RSA-2048 or P-256, and no client accepts what it signs");
    const auto usage = X509_get_extended_key_usage(certificate);
    if ((X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0 && (usage & (XKU_SSL_SERVER | XKU_ANYEKU)) == 0) {
        refuse(path,
               "its extendedKeyUsage leaves out TLS servers, and clients hold leaves to it (RFC 5280 section "
               "4.2.1.12)");
    }
}

void check_chain(X509* certificate, const std::vector<CertificateHandle>& others, const std::string& path) {
    std::vector<CertificateHandle> copies;
    copies.reserve(others.size());
    for (const auto& other : others) copies.push_back(share(other.get()));
    try {
        chain_above(certificate, std::move(copies));
    } catch (const Error& fault) {
        throw AuthorityError(File::certificate, fmt::format("{}: {}", path, fault.what()));
    }
}

void check_belong_together(X509* certificate, const std::string& certificate_path, EVP_PKEY* key,
                           const std::string& key_path) {
    if (is_key_of(certificate, key)) return;
    auto* expected = X509_get0_pubkey(certificate);
    throw AuthorityError(
        File::key, fmt::format("{}: does not belong to {} (certificate key sha256 {}, this key {}); give the key that "
                               "was made with it",
                               key_path, certificate_path, key_fingerprint(expected), key_fingerprint(key)));
}

}  // namespace

Authority::Authority(CertificateHandle certificate, std::unique_ptr<Signer> signer,
                     std::vector<CertificateHandle> others)
    : certificate_(std::move(certificate)),
      signer_(std::move(signer)),
      chain_(chain_above(certificate_.get(), std::move(others))),
      subject_(name_text(X509_get_subject_name(certificate_.get()))),
      fingerprint_(fingerprint_of(certificate_.get())),
      not_before_(time_of(X509_get0_notBefore(certificate_.get()))),
      not_after_(time_of(X509_get0_notAfter(certificate_.get()))) {
    X509_check_purpose(certificate_.get(), -1, 0);  // computes what OpenSSL caches lazily, before threads share it
    Sha256 hash;
    hash.add(digest_of(certificate_.get()));
    if (!is_self_signed(certificate_.get())) send_along(certificate_.get());
    for (const auto& issuer : chain_.issuers) {
        send_along(issuer.get());
        X509_check_purpose(issuer.get(), -1, 0);
        hash.add(digest_of(issuer.get()));
    }
    identity_ = hash.finish();
}

void Authority::send_along(X509* certificate) {
    if (!sent_) sent_.reset(sk_X509_new_null());
    require(sent_ && X509_up_ref(certificate) == 1 && sk_X509_push(sent_.get(), certificate) > 0, "chain");
}

CertificateAndKey read_authority(const std::string& certificate_path, const std::string& key_source) {
    auto others = reading(File::certificate, certificate_path, read_certificates);
    auto certificate = std::move(others.front());
    others.erase(others.begin());
    check_is_authority(certificate.get(), certificate_path);
    check_chain(certificate.get(), others, certificate_path);
    auto key = reading(File::key, key_source, load_private_key);
    check_belong_together(certificate.get(), certificate_path, key.get(), shown_key_source(key_source));
    return {std::move(certificate), std::move(key), std::move(others)};
}

std::shared_ptr<const Authority> Authority::load(const std::string& certificate_path, const std::string& key_source) {
    auto loaded = read_authority(certificate_path, key_source);
    return std::make_shared<Authority>(std::move(loaded.certificate), make_local_signer(std::move(loaded.key)),
                                       std::move(loaded.others));
}

}  // namespace bascule::tls
