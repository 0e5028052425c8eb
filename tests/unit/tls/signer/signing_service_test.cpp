#include "tls/signer/signing_service.h"

#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/run_task.h"
#include "tls/leaf/leaf.h"
#include "tls/openssl.h"
#include "tls/signer/authority.h"
#include "tls/signer/create_authority.h"
#include "tls/signer/local_signer.h"
#include "tls/x509/certificate.h"
#include "tls/x509/extensions.h"
#include "tls/x509/signature_algorithm.h"

#include <openssl/asn1.h>

#include <cstdlib>
#include <functional>

using namespace bascule;
using namespace bascule::tls;
using namespace std::chrono_literals;
using signing::Kind;
using test::Contains;

namespace {

constexpr auto kLifetime = 24h * 30;

/// A CA in files, loaded by a service.
class Desk {
  public:
    explicit Desk(const NewAuthority& wanted = {.common_name = "Our CA"}, TokenBucket rate = {1e6, 1e6})
        : service(rate) {
        const auto made = create_authority(wanted);
        certificate = directory.write("ca.crt", made.certificate_pem);
        key = directory.write("ca.key", made.key_pem);
        authority = read_authority(certificate, key);
        const auto answer = load();
        REQUIRE(answer.kind == Kind::loaded);
        number = answer.authority;
    }

    struct Answer {
        Kind kind{};
        std::uint32_t authority = 0;
        Bytes body;
        std::string text() const { return std::string(as_text(body)); }
    };
    Answer ask(Kind kind, std::initializer_list<ByteView> body, SigningService::From from) {
        signing::Inbox asked;
        asked.add(signing::frame(kind, 7, body));
        signing::Inbox inbox;
        inbox.add(service.answer(*asked.next(), from));
        const auto answer = inbox.next();
        if (!answer) return {};
        CHECK(answer->number == 7);
        return {answer->kind, Cursor(answer->body).u32().value_or(0), Bytes(answer->body.begin(), answer->body.end())};
    }
    Answer load(SigningService::From from = SigningService::From::control) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(kLifetime).count();
        return ask(Kind::load,
                   {signing::big_endian(static_cast<std::uint64_t>(seconds), 8),
                    signing::big_endian(certificate.size(), 2), as_bytes(certificate), as_bytes(key)},
                   from);
    }
    Answer sign(ByteView to_be_signed) {
        return ask(Kind::sign, {signing::big_endian(number, 4), to_be_signed}, SigningService::From::worker);
    }
    void release() { ask(Kind::release, {signing::big_endian(number, 4)}, SigningService::From::control); }

    test::TemporaryDirectory directory;
    std::string certificate;
    std::string key;
    SigningService service;
    CertificateAndKey authority;
    std::uint32_t number = 0;
};

/// What is asked of a signer, kept.
class Notebook final : public Signer {
  public:
    explicit Notebook(Bytes& page) : page_(page) {}
    net::Task<Bytes> sign(Bytes to_be_signed) override {
        page_ = std::move(to_be_signed);
        co_return Bytes(70, 1);
    }

  private:
    Bytes& page_;
};

/// What our own forging asks to be signed for an origin.
Bytes forged_for(const Desk& desk, const test::CertificateSpec& spec) {
    Bytes page;
    const auto origin = test::issue(spec);
    LeafRequest request;
    request.authority =
        std::make_shared<Authority>(share(desk.authority.certificate.get()), std::make_unique<Notebook>(page));
    request.origin = origin.x509();
    request.server_name = "app.example";
    request.lifetime = kLifetime;
    test::run_task(forge_leaf(request));
    return page;
}

test::CertificateSpec origin(std::vector<std::string> names = {"app.example"}) {
    test::CertificateSpec spec;
    spec.common_name = "origin";
    spec.names = std::move(names);
    return spec;
}

using Change = std::function<void(X509*)>;

void add(X509* certificate, int nid, const char* text) {
    const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, text));
    REQUIRE(X509_add_ext(certificate, extension.get(), -1) == 1);
}

void remove(X509* certificate, int nid) {
    X509_EXTENSION_free(X509_delete_ext(certificate, X509_get_ext_by_NID(certificate, nid, -1)));
}

/// A leaf that is fine, but for the change.
Bytes leaf_but(const Desk& desk, const Change& change) {
    const CertificateHandle certificate(X509_new());
    auto* x509 = certificate.get();
    auto* issuer = desk.authority.certificate.get();
    X509_set_version(x509, X509_VERSION_3);
    set_random_serial(x509);
    X509_set_issuer_name(x509, X509_get_subject_name(issuer));
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    set_validity(x509, now - 3600, now + 3600);
    static const KeyHandle key(EVP_EC_gen("P-256"));
    X509_set_pubkey(x509, key.get());
    add(x509, NID_basic_constraints, "CA:FALSE");
    add(x509, NID_key_usage, "digitalSignature");
    add(x509, NID_ext_key_usage, "serverAuth");
    add(x509, NID_subject_alt_name, "DNS:app.example");
    set_signature_algorithm(const_cast<X509_ALGOR*>(X509_get0_tbs_sigalg(x509)), X509_get0_pubkey(issuer));
    change(x509);
    return to_der<i2d_re_X509_tbs>(x509);
}

void replace(X509* certificate, int nid, const char* text) {
    remove(certificate, nid);
    add(certificate, nid, text);
}

}  // namespace

TEST_CASE("the signer signs what forging makes, whatever the origin has (D4)") {
    Desk desk;
    auto usual = origin({"app.example", "*.apps.example", "192.0.2.7", "2001:db8::7"});
    auto many_purposes = origin();
    many_purposes.extended_key_usage = "serverAuth,clientAuth,emailProtection,codeSigning";
    auto authority = origin();
    authority.authority = true;
    auto must_staple = origin();
    must_staple.extensions = {{NID_tlsfeature, false, "status_request", {}}};
    auto rsa = origin();
    rsa.key = "RSA-2048";
    auto lasting = origin();
    lasting.end = std::chrono::system_clock::now() + 24h * 3000;
    for (const auto& spec : {usual, many_purposes, authority, must_staple, rsa, lasting}) {
        const auto page = forged_for(desk, spec);
        const auto answer = desk.sign(page);
        REQUIRE(answer.kind == Kind::signature);
        const DigestHandle context(EVP_MD_CTX_new());
        REQUIRE(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, desk.authority.key.get()) == 1);
        CHECK(EVP_DigestVerify(context.get(), answer.body.data(), answer.body.size(), page.data(), page.size()) == 1);
    }
}

TEST_CASE("ten thousand names fit into a request") {
    Desk desk;
    std::vector<std::string> names;
    for (int i = 0; i < 10'000; ++i) names.push_back(fmt::format("host-{:05}.some.longer.domain.example", i));
    CHECK(desk.sign(forged_for(desk, origin(names))).kind == Kind::signature);
}

TEST_CASE("the signer makes its own checks, and signs nothing but leaves for TLS servers (D4)") {
    Desk desk;
    CHECK(desk.sign(leaf_but(desk, [](X509*) {})).kind == Kind::signature);

    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const auto far = [&](X509* x509) { set_validity(x509, now, now + 32 * 24 * 3600); };
    const auto ca_end = now + 5L * 365 * 24 * 3600 - 24 * 3600;
    const auto outlives = [&](X509* x509) { set_validity(x509, ca_end - 3600, ca_end + 3600); };
    const auto serial = [](std::vector<std::uint8_t> octets, int type = V_ASN1_INTEGER) {
        return [=](X509* x509) {
            auto* number = X509_get_serialNumber(x509);
            ASN1_STRING_set(number, octets.data(), static_cast<int>(octets.size()));
            number->type = type;
        };
    };
    const auto with = [](int nid, const char* text) { return [=](X509* x509) { add(x509, nid, text); }; };
    const auto instead = [](int nid, const char* text) { return [=](X509* x509) { replace(x509, nid, text); }; };
    const auto without = [](int nid) { return [=](X509* x509) { remove(x509, nid); }; };
    const auto other_issuer = [](X509* x509) {
        X509_set_issuer_name(x509, X509_get_subject_name(test::make_root("Another").x509()));
    };
    const auto other_algorithm = [](X509* x509) {
        X509_ALGOR_set0(const_cast<X509_ALGOR*>(X509_get0_tbs_sigalg(x509)), OBJ_nid2obj(NID_ecdsa_with_SHA1),
                        V_ASN1_UNDEF, nullptr);
    };
    const std::vector<std::pair<Change, std::string>> cases{
        {instead(NID_basic_constraints, "CA:TRUE"), "it would be a CA"},
        {instead(NID_basic_constraints, "CA:TRUE,pathlen:0"), "it would be a CA"},
        {instead(NID_key_usage, "digitalSignature,keyCertSign"), "could sign certificates"},
        {instead(NID_key_usage, "cRLSign"), "could sign certificates or revocations"},
        {instead(NID_ext_key_usage, "clientAuth"), "not for TLS servers"},
        {instead(NID_ext_key_usage, "serverAuth,codeSigning"), "a purpose that is not TLS"},
        {without(NID_ext_key_usage), "not for TLS servers"},
        {[](X509* x509) {
             remove(x509, NID_subject_alt_name);
             add_extension(x509, NID_subject_alt_name, false, Bytes{0x30, 0x00});
         },
         "it has no name"},
        {instead(NID_subject_alt_name, "otherName:1.2.3.4;UTF8:x"), "no name of a server"},
        {instead(NID_subject_alt_name, "DNS:a b.example"), "no name of a server"},
        {with(NID_name_constraints, "permitted;DNS:example"), "an extension that leaves do not have"},
        {with(NID_info_access, "OCSP;URI:http://x"), "an extension that leaves do not have"},
        {with(NID_basic_constraints, "CA:FALSE"), "an extension twice"},
        {far, "live longer than leaves may"},
        {outlives, "outlive the CA"},
        {serial({0}), "serial number"},
        {serial({5}, V_ASN1_NEG_INTEGER), "serial number"},
        {serial(std::vector<std::uint8_t>(21, 0x55)), "serial number"},
        {other_issuer, "its issuer is not the CA"},
        {other_algorithm, "its algorithm is not the CA's"},
        {[&](X509* x509) { X509_set_pubkey(x509, desk.authority.key.get()); }, "its key would be the CA's"},
        {[](X509* x509) { X509_set_version(x509, X509_VERSION_1); }, "version"},
    };
    for (const auto& [change, expected] : cases) {
        INFO(expected);
        const auto answer = desk.sign(leaf_but(desk, change));
        CHECK(answer.kind == Kind::refused);
        CHECK_THAT(answer.text(), test::StartsWith("the signer refuses this certificate: ") && Contains(expected));
    }
}

TEST_CASE("a leaf that only shows an origin's fault is signed") {
    const auto nameless = [](X509* x509) { remove(x509, NID_subject_alt_name); };
    Desk desk;
    CHECK(desk.sign(leaf_but(desk, nameless)).kind == Kind::signature);
    const auto after_the_ca = [&](X509* x509) {
        const auto* end = X509_get0_notAfter(desk.authority.certificate.get());
        set_validity(x509, std::chrono::system_clock::to_time_t(time_of(end)) + 10,
                     std::chrono::system_clock::to_time_t(time_of(end)) + 3600);
    };
    CHECK(desk.sign(leaf_but(desk, after_the_ca)).kind == Kind::signature);

    NewAuthority wanted{.common_name = "Our CA"};
    wanted.constraints.permit("corp.example");
    Desk constrained(wanted);
    CHECK_THAT(constrained.sign(leaf_but(constrained, nameless)).text(), Contains("it has no name that the CA's"));
}

TEST_CASE("octets that are no certificate are refused") {
    Desk desk;
    const auto whole = leaf_but(desk, [](X509*) {});
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{4}, whole.size() / 2, whole.size() - 1}) {
        CHECK(desk.sign(ByteView(whole).first(size)).kind == Kind::refused);
    }
    auto longer = whole;
    longer.push_back(0);
    CHECK(desk.sign(longer).kind == Kind::refused);
}

TEST_CASE("names outside of the CA's name constraints are refused by name (D3)") {
    NewAuthority wanted{.common_name = "Our CA"};
    wanted.constraints.permit("corp.example");
    wanted.constraints.permit("10.0.0.0/8");
    wanted.constraints.exclude("bank.corp.example");
    Desk desk(wanted);
    const auto refused = [&](const char* names) {
        return desk.sign(leaf_but(desk, [&](X509* x509) { replace(x509, NID_subject_alt_name, names); })).text();
    };
    for (const auto* inside : {"DNS:corp.example", "DNS:a.b.CORP.example,DNS:*.x.corp.example", "IP:10.1.2.3"}) {
        INFO(inside);
        CHECK_FALSE(refused(inside).starts_with("the signer"));
    }
    const std::pair<const char*, const char*> outside[]{{"DNS:app.corp.example,DNS:other.example", "other.example"},
                                                        {"DNS:notcorp.example", "notcorp.example"},
                                                        {"DNS:x.bank.corp.example", "x.bank.corp.example"},
                                                        {"DNS:*.corp.example", "*.corp.example"},
                                                        {"IP:192.0.2.1", "192.0.2.1"},
                                                        {"IP:::1", "::1"}};
    for (const auto& [names, named] : outside) {
        CHECK(refused(names) ==
              fmt::format("the signer refuses this certificate: the CA's name constraints exclude {}", named));
    }
}

TEST_CASE("a flood of new names is answered with busy, and the bucket fills again (C12)") {
    TokenBucket bucket(3, 10);
    auto now = TokenBucket::Clock::now();
    CHECK(bucket.take(now));
    CHECK(bucket.take(now));
    CHECK(bucket.take(now));
    CHECK_FALSE(bucket.take(now));
    CHECK(bucket.take(now + 150ms));
    CHECK_FALSE(bucket.take(now + 150ms));

    Desk desk({.common_name = "Our CA"}, {2, 1e-9});
    const auto page = leaf_but(desk, [](X509*) {});
    CHECK(desk.sign(page).kind == Kind::signature);
    CHECK(desk.sign(page).kind == Kind::signature);
    CHECK(desk.sign(page).kind == Kind::busy);
}

TEST_CASE("only the control line loads keys, and a key goes with its last load (D7)") {
    Desk desk;
    CHECK(desk.load(SigningService::From::worker).kind == Kind::failed);
    CHECK(desk.load().authority == desk.number);
    CHECK(desk.service.authorities() == 1);
    const auto page = leaf_but(desk, [](X509*) {});
    desk.release();
    CHECK(desk.sign(page).kind == Kind::signature);
    desk.release();
    CHECK(desk.service.authorities() == 0);
    CHECK(desk.sign(page).text() == "the signer has no such CA");
}

TEST_CASE("the file at fault is told across the line (D1, D2)") {
    Desk desk;
    desk.directory.write("ca.key", create_authority({.common_name = "Other"}).key_pem);
    CHECK(desk.load().kind == Kind::bad_key);
    CHECK_THAT(desk.load().text(), Contains("does not belong to"));
    desk.directory.write("ca.crt", "junk");
    CHECK(desk.load().kind == Kind::bad_certificate);
}
