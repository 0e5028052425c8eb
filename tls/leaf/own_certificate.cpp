#include "tls/leaf/own_certificate.h"

#include "tls/openssl.h"
#include "tls/x509/certificate.h"
#include "tls/x509/key_source.h"
#include "tls/x509/pem.h"

namespace bascule::tls {
namespace {

using File = AuthorityError::File;

/// What reading throws becomes the error of that file.
template <class Read>
auto reading(File file, const std::string& path, Read read) {
    try {
        return read(path);
    } catch (const CannotOpen& fault) {
        throw AuthorityError(file, fault.what(), fault.error == EACCES);
    } catch (const Error& fault) {
        throw AuthorityError(file, fault.what());
    }
}

std::vector<std::string> doubts_about(const std::vector<CertificateHandle>& certificates, const std::string& path) {
    std::vector<std::string> doubts;
    const auto now = std::chrono::system_clock::now();
    for (std::size_t i = 0; i < certificates.size(); ++i) {
        auto* certificate = certificates[i].get();
        const auto name = name_text(X509_get_subject_name(certificate));
        const auto begin = time_of(X509_get0_notBefore(certificate));
        const auto end = time_of(X509_get0_notAfter(certificate));
        if (end <= now) doubts.push_back(fmt::format("{}: {} expired {}; renew it", path, name, date_text(end)));
        if (begin > now) doubts.push_back(fmt::format("{}: {} is not valid before {}", path, name, date_text(begin)));
        if (i == 0 || X509_check_issued(certificate, certificates[i - 1].get()) == X509_V_OK) continue;
        doubts.push_back(
            fmt::format("{}: {} did not issue the certificate before it; put each issuer after what it "
                        "issued",
                        path, name));
    }
    return doubts;
}

ChainHandle chain_of(const std::vector<CertificateHandle>& certificates) {
    ChainHandle chain(sk_X509_new_null());
    for (std::size_t i = 1; i < certificates.size(); ++i) {
        auto* one = certificates[i].get();
        require(chain && X509_up_ref(one) == 1 && sk_X509_push(chain.get(), one) > 0, "chain");
    }
    return chain;
}

/// Whether a handshake can take it: neither too weak nor of an unknown kind.
void check_usable(const Leaf& leaf, const std::string& path, bool weak_is_fine) {
    const ContextHandle context(SSL_CTX_new(TLS_server_method()));
    require(context != nullptr, "TLS context");
    if (weak_is_fine) SSL_CTX_set_security_level(context.get(), 0);
    if (SSL_CTX_use_cert_and_key(context.get(), leaf.certificate.get(), leaf.key.get(), leaf.chain.get(), 1) == 1) {
        return;
    }
    throw AuthorityError(File::certificate, fmt::format("{}: cannot be used ({})", path, take_openssl_reason()));
}

OwnCertificate load(const std::string& certificate_path, const std::string& key_path, bool weak_is_fine) {
    const auto certificates = reading(File::certificate, certificate_path, read_certificates);
    auto leaf = std::make_shared<Leaf>();
    leaf->certificate = share(certificates.front().get());
    leaf->key = reading(File::key, key_path, load_private_key);
    if (!is_key_of(leaf->certificate.get(), leaf->key.get())) {
        throw AuthorityError(File::key, fmt::format("{}: does not belong to the first certificate in {} ({})",
                                                    shown_key_source(key_path), certificate_path,
                                                    name_text(X509_get_subject_name(leaf->certificate.get()))));
    }
    leaf->chain = chain_of(certificates);
    check_usable(*leaf, certificate_path, weak_is_fine);
    X509_check_purpose(leaf->certificate.get(), -1, 0);  // computes what OpenSSL caches lazily, before threads share it
    return {.leaf = std::move(leaf), .doubts = doubts_about(certificates, certificate_path)};
}

}  // namespace

OwnCertificate load_own_certificate(const std::string& certificate_path, const std::string& key_path) {
    return load(certificate_path, key_path, false);
}

OwnCertificate load_identity(const std::string& certificate_path, const std::string& key_path) {
    return load(certificate_path, key_path, true);
}

}  // namespace bascule::tls
