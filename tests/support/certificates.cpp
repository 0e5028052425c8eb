#include "tests/support/certificates.h"

#include "base/address.h"
#include "tls/x509/extensions.h"

#include <openssl/pem.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>

namespace bascule::test {
namespace {

using std::chrono::system_clock;

void expect(bool done, const std::string& what) {
    if (!done) throw std::runtime_error("test certificate: " + what);
}

tls::KeyHandle generate(const std::string& kind) {
    if (kind.starts_with("P-")) return tls::KeyHandle(EVP_EC_gen(kind.c_str()));
    if (kind.starts_with("RSA-")) return tls::KeyHandle(EVP_RSA_gen(std::stoul(kind.substr(4))));
    return tls::KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, kind.c_str()));
}

tls::KeyHandle make_key(const std::string& kind) {
    if (kind.starts_with("P-")) return generate(kind);
    static std::mutex mutex;
    static std::map<std::string, tls::KeyHandle> made;
    const std::scoped_lock lock(mutex);
    auto& key = made[kind];
    if (!key) key = generate(kind);
    expect(key != nullptr, "key " + kind);
    return tls::share(key.get());
}

/// Ed25519 and ML-DSA do.
bool digests_by_itself(EVP_PKEY* key) {
    std::array<char, 16> name{};
    return EVP_PKEY_get_default_digest_name(key, name.data(), name.size()) == 2 &&
           std::string_view(name.data()) == "UNDEF";
}

void add_config(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509V3_set_ctx_nodb(&context);
    const tls::ExtensionHandle made(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    expect(made && X509_add_ext(certificate, made.get(), -1) == 1, value);
}

void add_names(X509* certificate, const std::vector<std::string>& names, bool critical) {
    const tls::Handle<GENERAL_NAMES, GENERAL_NAMES_free> all(GENERAL_NAMES_new());
    for (const auto& name : names) {
        auto* one = GENERAL_NAME_new();
        auto* text = ASN1_IA5STRING_new();
        if (const auto address = IpAddress::parse(name)) {
            const ByteView octets(address->octets());
            const auto own = address->is_v4() ? octets.last(4) : octets;
            ASN1_STRING_set(text, own.data(), static_cast<int>(own.size()));
            text->type = V_ASN1_OCTET_STRING;
            GENERAL_NAME_set0_value(one, GEN_IPADD, text);
        } else {
            ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
            GENERAL_NAME_set0_value(one, GEN_DNS, text);
        }
        sk_GENERAL_NAME_push(all.get(), one);
    }
    expect(X509_add1_ext_i2d(certificate, NID_subject_alt_name, all.get(), critical, X509V3_ADD_APPEND) == 1, "names");
}

void add_extensions(X509* certificate, X509* issuer, const CertificateSpec& spec) {
    if (spec.authority) {
        add_config(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE");
        add_config(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else if (!spec.extended_key_usage.empty()) {
        add_config(certificate, issuer, NID_ext_key_usage, spec.extended_key_usage);
    }
    tls::add_subject_key_id(certificate, tls::public_key_id(certificate));
    tls::add_authority_key_id(certificate, tls::public_key_id(issuer));
    // RFC 5280 section 4.2.1.6: critical where there is no subject
    if (!spec.names.empty()) add_names(certificate, spec.names, spec.common_name.empty());
    for (const auto& extension : spec.extensions) {
        if (extension.der.empty()) {
            add_config(certificate, issuer, extension.nid, (extension.critical ? "critical," : "") + extension.config);
        } else {
            tls::add_extension(certificate, extension.nid, extension.critical, extension.der);
        }
    }
}

template <class Write>
std::string pem(Write write) {
    const tls::BioHandle bio(BIO_new(BIO_s_mem()));
    expect(write(bio.get()) == 1, "PEM");
    const char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Issued issue(const CertificateSpec& spec, const Issued* issuer) {
    Issued made{tls::CertificateHandle(X509_new()), make_key(spec.key)};
    auto* certificate = made.x509();
    X509_set_version(certificate, X509_VERSION_3);
    tls::set_random_serial(certificate);
    if (!spec.common_name.empty()) {
        X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1, -1, 0);
    }
    auto* parent = issuer ? issuer->x509() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(parent));
    tls::set_validity(certificate, system_clock::to_time_t(spec.begin), system_clock::to_time_t(spec.end));
    expect(X509_set_pubkey(certificate, made.key.get()) == 1, "public key");
    add_extensions(certificate, parent, spec);
    auto* key = issuer ? issuer->key.get() : made.key.get();
    const auto* digest = digests_by_itself(key) ? nullptr : EVP_get_digestbyname(spec.digest.c_str());
    expect(X509_sign(certificate, key, digest) > 0, "signature");
    return made;
}

Issued make_root(const std::string& common_name) {
    CertificateSpec spec;
    spec.common_name = common_name;
    spec.authority = true;
    return issue(spec);
}

std::string to_pem(X509* certificate) {
    return pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string to_pem(EVP_PKEY* key) {
    return pem(
        [&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

std::string extension_text(X509* certificate, int nid) {
    const int at = X509_get_ext_by_NID(certificate, nid, -1);
    if (at < 0) return {};
    return pem([&](BIO* bio) { return X509V3_EXT_print(bio, X509_get_ext(certificate, at), 0, 0); });
}

TemporaryDirectory::TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "bascule-test-XXXXXX").string();
    expect(::mkdtemp(name.data()) != nullptr, "directory");
    path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::write(const std::string& name, const std::string& text, int mode) const {
    std::ofstream(path(name), std::ios::binary) << text;
    ::chmod(path(name).c_str(), static_cast<mode_t>(mode));
    return path(name);
}

}  // namespace bascule::test
