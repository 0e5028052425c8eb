#include "tls/verify/client_trust.h"

#include "tls/openssl.h"
#include "tls/x509/certificate.h"
#include "tls/x509/pem.h"

#include <tuple>

namespace bascule::tls {
namespace {

void add_name(STACK_OF(X509_NAME) * names, X509* authority) {
    NameHandle name(X509_NAME_dup(X509_get_subject_name(authority)));
    require(name && sk_X509_NAME_push(names, name.get()) > 0, "CA name");
    std::ignore = name.release();  // the list owns it
}

}  // namespace

std::shared_ptr<const ClientTrust> ClientTrust::load(const std::string& path) {
    auto trust = std::make_shared<ClientTrust>();
    trust->store_.reset(X509_STORE_new());
    trust->names_.reset(sk_X509_NAME_new_null());
    require(trust->store_ && trust->names_, "client CAs");
    // An intermediate may stand there without its root: then only what it issued is accepted.
    X509_STORE_set_flags(trust->store_.get(), X509_V_FLAG_PARTIAL_CHAIN);
    Sha256 hash;
    for (const auto& authority : read_certificates(path)) {
        if (X509_check_ca(authority.get()) == 0) {
            throw Error("{}: {} is not a CA certificate; name the CA that issued it", path,
                        name_text(X509_get_subject_name(authority.get())));
        }
        require(X509_STORE_add_cert(trust->store_.get(), authority.get()) == 1, path.c_str());
        add_name(trust->names_.get(), authority.get());
        hash.add(digest_of(authority.get()));
    }
    trust->digest_ = hash.finish();
    return trust;
}

}  // namespace bascule::tls
