#include "tls/signer/create_authority.h"

#include "base/text.h"
#include "tls/openssl.h"
#include "tls/x509/certificate.h"
#include "tls/x509/extensions.h"

#include <openssl/pem.h>

namespace bascule::tls {
namespace {

using namespace std::chrono_literals;
constexpr auto kBackdated = 24h;  // for clients whose clock is slow; counted in

constexpr std::uint8_t kBasicConstraints[] = {0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0x00};  // CA, pathlen 0
constexpr std::uint8_t kKeyUsage[] = {0x03, 0x02, 0x01, 0x06};                                  // keyCertSign, cRLSign

void set_common_name(X509* certificate, const std::string& name) {
    if (name.empty()) throw Error("the name of a CA must not be empty");
    const bool done = X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                                                 reinterpret_cast<const unsigned char*>(name.data()),
                                                 static_cast<int>(name.size()), -1, 0) == 1;
    if (!done) throw Error("\"{}\" cannot be the name of a CA: {}", escape(name), take_openssl_reason());
    require(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1, "issuer");
}

KeyHandle generate(AuthorityKey kind) {
    constexpr unsigned bits = 3072;
    KeyHandle key(kind == AuthorityKey::rsa_3072 ? EVP_RSA_gen(bits) : EVP_EC_gen("P-256"));
    require(key != nullptr, "key");
    return key;
}

CertificateHandle build(const NewAuthority& wanted, EVP_PKEY* key) {
    CertificateHandle made(X509_new());
    auto* certificate = made.get();
    require(certificate && X509_set_version(certificate, X509_VERSION_3) == 1, "certificate");
    set_random_serial(certificate);
    set_common_name(certificate, wanted.common_name);
    const auto begin = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() - kBackdated);
    const auto end = begin + std::chrono::floor<std::chrono::seconds>(wanted.lifetime);
    set_validity(certificate, begin.time_since_epoch().count(), end.time_since_epoch().count());
    require(X509_set_pubkey(certificate, key) == 1, "public key");
    add_extension(certificate, NID_basic_constraints, true, kBasicConstraints);
    add_extension(certificate, NID_key_usage, true, kKeyUsage);
    if (!wanted.constraints.empty()) add_extension(certificate, NID_name_constraints, true, wanted.constraints.der());
    const auto id = public_key_id(certificate);
    add_subject_key_id(certificate, id);
    add_authority_key_id(certificate, id);
    require(X509_sign(certificate, key, sha256()) > 0, "signature");
    return made;
}

std::string text_of(BIO* bio) {
    const char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace

CreatedAuthority create_authority(const NewAuthority& wanted) {
    const auto key = generate(wanted.key);
    const auto certificate = build(wanted, key.get());
    const BioHandle certificate_pem(BIO_new(BIO_s_mem()));
    const BioHandle key_pem(BIO_new(BIO_s_secmem()));
    require(PEM_write_bio_X509(certificate_pem.get(), certificate.get()) == 1, "certificate");
    require(PEM_write_bio_PKCS8PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "key");
    return {text_of(certificate_pem.get()), text_of(key_pem.get()), fingerprint_of(certificate.get()),
            not_after_text(certificate.get())};
}

}  // namespace bascule::tls
