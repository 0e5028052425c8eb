#include "tls/signer/authority.h"

#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/run_task.h"
#include "tls/signer/create_authority.h"
#include "tls/signer/local_signer.h"
#include "tls/x509/certificate.h"
#include "tls/x509/pem.h"

#include <openssl/pem.h>

using namespace bascule;
using namespace bascule::tls;
using namespace std::chrono_literals;
using test::Contains;
using test::TemporaryDirectory;

namespace {

std::string refusal(const std::string& certificate, const std::string& key, AuthorityError::File at) {
    try {
        Authority::load(certificate, key);
    } catch (const AuthorityError& error) {
        CHECK(error.file == at);
        return error.what();
    }
    return "not refused";
}

constexpr auto kCertificate = AuthorityError::File::certificate;
constexpr auto kKey = AuthorityError::File::key;

/// Both files of a CA in a directory.
struct Files {
    explicit Files(const test::Issued& issued)
        : certificate(directory.write("ca.crt", test::to_pem(issued.x509()))),
          key(directory.write("ca.key", test::to_pem(issued.key.get()))) {}
    TemporaryDirectory directory;
    std::string certificate;
    std::string key;
};

}  // namespace

TEST_CASE("a created CA loads, and signs nothing but leaves (D3)") {
    const auto created = create_authority({.common_name = "Our CA"});
    const TemporaryDirectory directory;
    const auto certificate = directory.write("ca.crt", created.certificate_pem);
    const auto authority = Authority::load(certificate, directory.write("ca.key", created.key_pem));
    CHECK(authority->subject() == "CN=Our CA");
    CHECK(authority->fingerprint() == created.fingerprint);
    CHECK(created.key_pem.starts_with("-----BEGIN PRIVATE KEY-----"));

    auto* x509 = authority->certificate();
    CHECK(created.not_after == not_after_text(x509));
    CHECK(test::extension_text(x509, NID_basic_constraints) == "CA:TRUE, pathlen:0");
    CHECK(test::extension_text(x509, NID_key_usage) == "Certificate Sign, CRL Sign");
    CHECK(X509_EXTENSION_get_critical(X509_get_ext(x509, X509_get_ext_by_NID(x509, NID_basic_constraints, -1))) == 1);
    CHECK(X509_self_signed(x509, 1) == 1);
    const auto life = authority->not_after() - time_of(X509_get0_notBefore(x509));
    CHECK(life == 24h * 365 * 5);
    CHECK(create_authority({.common_name = "Our CA"}).fingerprint != created.fingerprint);
}

TEST_CASE("a created CA may have an RSA key, a life of its own, and name constraints that are critical (D3)") {
    NewAuthority wanted{.common_name = "Our CA", .key = AuthorityKey::rsa_3072, .lifetime = 24h * 90};
    wanted.constraints.permit("corp.example");
    wanted.constraints.permit("2001:db8::/32");
    wanted.constraints.exclude("bank.corp.example");
    const auto created = create_authority(wanted);
    const TemporaryDirectory directory;
    const auto authority =
        Authority::load(directory.write("ca.crt", created.certificate_pem), directory.write("ca.key", created.key_pem));
    auto* x509 = authority->certificate();
    CHECK(EVP_PKEY_get_bits(X509_get0_pubkey(x509)) == 3072);
    CHECK(authority->not_after() - authority->not_before() == 24h * 90);
    CHECK(test::extension_text(x509, NID_name_constraints) ==
          "Permitted:\n  DNS:corp.example\n  IP:2001:DB8:0:0:0:0:0:0/FFFF:FFFF:0:0:0:0:0:0\nExcluded:\n  "
          "DNS:bank.corp.example");
    CHECK(X509_EXTENSION_get_critical(X509_get_ext(x509, X509_get_ext_by_NID(x509, NID_name_constraints, -1))) == 1);
    CHECK_THROWS_WITH(wanted.constraints.permit("*.example"), Contains("is neither a DNS name"));
}

TEST_CASE("a CA needs a name that a certificate can hold") {
    CHECK_THROWS_AS(create_authority({}), Error);
    CHECK_THROWS_WITH(create_authority({.common_name = std::string(65, 'a')}), Contains("cannot be the name of a CA"));
}

TEST_CASE("a missing file is told with the command that makes one") {
    const Files files(test::make_root());
    CHECK(refusal("/nowhere/ca.crt", files.key, kCertificate) ==
          "/nowhere/ca.crt: No such file; create one with: bascule ca create --directory /nowhere");
    CHECK(refusal("absent.crt", files.key, kCertificate) ==
          "absent.crt: No such file; create one with: bascule ca create --directory .");
    CHECK(refusal(files.certificate, "/nowhere/ca.key", kKey) ==
          "/nowhere/ca.key: No such file, though its certificate is there: put the key back that was made with it, or "
          "make another CA with: bascule ca create --directory NEW");
}

TEST_CASE("a key that its group or others may touch is refused (D1)") {
    const auto root = test::make_root();
    const Files files(root);
    const auto pem = test::to_pem(root.key.get());
    for (const int mode : {0644, 0640, 0604, 0660}) {
        const auto key = files.directory.write("open.key", pem, mode);
        const auto expected = fmt::format("{0} is readable by others (mode {1:04o}); run: chmod 600 {0}", key, mode);
        CHECK(refusal(files.certificate, key, kKey) == expected);
    }
    CHECK(refusal(files.certificate, files.directory.write("write.key", pem, 0620), kKey) ==
          fmt::format("{0} is writable by others (mode 0620); run: chmod 600 {0}", files.directory.path("write.key")));
    CHECK_NOTHROW(Authority::load(files.certificate, files.directory.write("closed.key", pem, 0400)));
}

TEST_CASE("a key of another certificate is refused with both fingerprints (D2)") {
    const Files files(test::make_root());
    const auto other = files.directory.write("other.key", test::to_pem(test::make_root().key.get()));
    const auto text = refusal(files.certificate, other, kKey);
    CHECK_THAT(text,
               test::StartsWith(other + ": does not belong to " + files.certificate + " (certificate key sha256 "));
    CHECK_THAT(text,
               test::Matches(".*sha256 [0-9a-f]{64}, this key [0-9a-f]{64}\\); give the key that was made with it"));
}

TEST_CASE("what cannot sign leaves is no CA (D2)") {
    test::CertificateSpec spec;
    spec.common_name = "not quite";
    SECTION("no CA bit") {
        const Files files(test::issue(spec));
        CHECK_THAT(refusal(files.certificate, files.key, kCertificate), Contains("is not a CA certificate"));
    }
    SECTION("no keyCertSign") {
        spec.extensions = {{NID_basic_constraints, true, "CA:TRUE", {}}, {NID_key_usage, true, "cRLSign", {}}};
        const Files files(test::issue(spec));
        CHECK_THAT(refusal(files.certificate, files.key, kCertificate), Contains("lacks keyCertSign"));
    }
    SECTION("expired") {
        spec.authority = true;
        spec.begin = std::chrono::system_clock::now() - 48h;
        spec.end = std::chrono::system_clock::now() - 24h;
        const Files files(test::issue(spec));
        CHECK_THAT(refusal(files.certificate, files.key, kCertificate),
                   Contains(": expired 20") && Contains("(now 20"));
    }
    SECTION("too weak for any client") {
        spec.authority = true;
        spec.key = "RSA-1024";
        const Files files(test::issue(spec));
        CHECK_THAT(refusal(files.certificate, files.key, kCertificate), Contains("weaker than RSA-2048"));
    }
    SECTION("not for TLS servers") {
        spec.authority = true;
        spec.extensions = {{NID_ext_key_usage, false, "clientAuth", {}}};
        const Files files(test::issue(spec));
        CHECK_THAT(refusal(files.certificate, files.key, kCertificate), Contains("leaves out TLS servers"));
    }
}

TEST_CASE("a CA without a key usage may be used for all") {
    test::CertificateSpec spec;
    spec.common_name = "old style";
    spec.extensions = {{NID_basic_constraints, true, "CA:TRUE", {}}};
    const Files files(test::issue(spec));
    CHECK_NOTHROW(Authority::load(files.certificate, files.key));
}

TEST_CASE("an encrypted key is refused without asking anybody") {
    const auto root = test::make_root();
    const Files files(root);
    const BioHandle bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(bio.get(), root.key.get(), EVP_aes_256_cbc(), "secret", 6, nullptr, nullptr);
    const char* data = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &data));
    const auto key = files.directory.write("encrypted.key", {data, size});
    CHECK_THAT(refusal(files.certificate, key, kKey), test::StartsWith(key + ": is encrypted"));
}

TEST_CASE("files that are not what they should be are named") {
    const Files files(test::make_root());
    const auto junk = files.directory.write("junk", "hello\n");
    CHECK(refusal(junk, files.key, kCertificate) == junk + ": holds no certificate in PEM form");
    CHECK_THAT(refusal(files.certificate, junk, kKey), test::StartsWith(junk + ": holds no private key in PEM form"));
    CHECK_THAT(refusal(files.directory.path(""), files.key, kCertificate), Contains("Is a directory"));
}

TEST_CASE("signatures of every kind of CA key can be verified") {
    for (const std::string kind : {"P-256", "P-384", "RSA-2048", "ED25519"}) {
        INFO(kind);
        test::CertificateSpec spec;
        spec.authority = true;
        spec.key = kind;
        const auto root = test::issue(spec);
        const auto signer = make_local_signer(share(root.key.get()));
        const auto message = to_bytes("to be signed");
        const auto signature = test::run_task(signer->sign(message));
        const DigestHandle context(EVP_MD_CTX_new());
        const auto* digest = kind == "ED25519" ? nullptr : EVP_sha256();
        REQUIRE(EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, root.key.get()) == 1);
        CHECK(EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1);
    }
}

TEST_CASE("a certificate without an end has the last time that can be told") {
    ASN1_TIME* time = ASN1_TIME_new();
    ASN1_TIME_set_string(time, "99991231235959Z");
    CHECK(time_of(time) > std::chrono::system_clock::now() + 24h * 365 * 200);
    CHECK(time_text(time) == "9999-12-31T23:59:59Z");
    ASN1_TIME_free(time);
}
