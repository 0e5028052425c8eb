#include "tls/verify/trust.h"

#include "tls/openssl.h"
#include "tls/x509/pem.h"

#include <sys/stat.h>

namespace bascule::tls {
namespace {

bool exists(const char* path) {
    struct stat status{};
    return ::stat(path, &status) == 0;
}

std::string system_bundle() {
    const char* const candidates[] = {"/etc/ssl/certs/ca-certificates.crt", X509_get_default_cert_file()};
    for (const char* path : candidates) {
        if (exists(path)) return path;
    }
    throw Error("upstream.trust: system: {} does not exist; install the package ca-certificates, or name PEM files",
                candidates[0]);
}

}  // namespace

std::shared_ptr<const Trust> Trust::load(const std::vector<std::string>& sources, const std::vector<CrlHandle>& lists) {
    auto trust = std::make_shared<Trust>();
    trust->store_.reset(X509_STORE_new());
    require(trust->store_ != nullptr, "trust store");
    Sha256 hash;
    for (const auto& source : sources) {
        for (const auto& root : read_certificates(source == "system" ? system_bundle() : source)) {
            require(X509_STORE_add_cert(trust->store_.get(), root.get()) == 1, source.c_str());
            X509_check_purpose(root.get(), -1, 0);  // computes what OpenSSL caches lazily, before threads share it
            hash.add(digest_of(root.get()));
            ++trust->roots_;
        }
    }
    if (trust->roots_ == 0) throw Error("upstream.trust names no root certificate at all");
    for (const auto& list : lists) {
        require(X509_STORE_add_crl(trust->store_.get(), list.get()) == 1, "revocation list");
        trust->has_lists_ = true;
        hash.add(digest_of(list.get()));
    }
    trust->digest_ = hash.finish();
    return trust;
}

}  // namespace bascule::tls
