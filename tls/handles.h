#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace bascule::tls {

/// Unique ownership of OpenSSL's objects. Sharing is explicit: share(x) takes one more reference.
template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
template <class T, auto Free>
using Handle = std::unique_ptr<T, Deleter<Free>>;

using SslHandle = Handle<SSL, SSL_free>;
using ContextHandle = Handle<SSL_CTX, SSL_CTX_free>;
using CertificateHandle = Handle<X509, X509_free>;
using ChainHandle = Handle<STACK_OF(X509), [](STACK_OF(X509) * chain) { sk_X509_pop_free(chain, X509_free); }>;
using KeyHandle = Handle<EVP_PKEY, EVP_PKEY_free>;
using StoreHandle = Handle<X509_STORE, X509_STORE_free>;
using BioHandle = Handle<BIO, BIO_free_all>;
using NameHandle = Handle<X509_NAME, X509_NAME_free>;
using ExtensionHandle = Handle<X509_EXTENSION, X509_EXTENSION_free>;
using CrlHandle = Handle<X509_CRL, X509_CRL_free>;
using DigestHandle = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;

inline CertificateHandle share(X509* certificate) {
    X509_up_ref(certificate);
    return CertificateHandle(certificate);
}
inline KeyHandle share(EVP_PKEY* key) {
    EVP_PKEY_up_ref(key);
    return KeyHandle(key);
}

}  // namespace bascule::tls
