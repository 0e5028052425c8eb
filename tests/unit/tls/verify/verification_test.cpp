#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tls/verify/aia.h"
#include "tls/verify/ocsp.h"
#include "tls/verify/trust.h"
#include "tls/verify/verify_detail.h"
#include "tls/x509/host_names.h"
#include "tls/x509/pem.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>

using namespace bascule;
using namespace bascule::tls;
using namespace std::chrono_literals;
using std::chrono::system_clock;
using test::Contains;

namespace {

using Chain = Handle<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }>;

Chain chain_of(const std::vector<const test::Issued*>& certificates) {
    Chain chain(sk_X509_new_null());
    for (const auto* one : certificates) sk_X509_push(chain.get(), one->x509());
    return chain;
}

std::shared_ptr<const Trust> trust_in(const std::vector<const test::Issued*>& roots,
                                      const std::vector<CrlHandle>& lists = {}) {
    const test::TemporaryDirectory directory;
    std::string pem;
    for (const auto* root : roots) pem += test::to_pem(root->x509());
    return Trust::load({directory.write("roots.pem", pem)}, lists);
}

test::CertificateSpec leaf_spec(std::vector<std::string> names = {"app.example"}) {
    test::CertificateSpec spec;
    spec.common_name = "origin.test";
    spec.names = std::move(names);
    return spec;
}

test::CertificateSpec authority_spec(const std::string& name) {
    test::CertificateSpec spec;
    spec.common_name = name;
    spec.authority = true;
    return spec;
}

Verification judge(const Verifier& verifier, const test::Issued& leaf,
                   const std::vector<const test::Issued*>& sent = {}, const std::string& name = "app.example") {
    return verifier.verify(leaf.x509(), chain_of(sent).get(), name);
}

Verifier::Options never_issued_by(const test::Issued& own) {
    Verifier::Options options;
    options.own_authorities.push_back(share(own.x509()));
    return options;
}

CrlHandle list_of(const test::Issued& issuer, const std::vector<const test::Issued*>& revoked,
                  system_clock::time_point next) {
    CrlHandle list(X509_CRL_new());
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.x509()));
    const Handle<ASN1_TIME, ASN1_TIME_free> begin(ASN1_TIME_set(nullptr, system_clock::to_time_t(next - 24h * 30)));
    const Handle<ASN1_TIME, ASN1_TIME_free> end(ASN1_TIME_set(nullptr, system_clock::to_time_t(next)));
    X509_CRL_set1_lastUpdate(list.get(), begin.get());
    X509_CRL_set1_nextUpdate(list.get(), end.get());
    for (const auto* one : revoked) {
        auto* entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one->x509()));
        X509_REVOKED_set_revocationDate(entry, begin.get());
        X509_CRL_add0_revoked(list.get(), entry);
    }
    REQUIRE(X509_CRL_sign(list.get(), issuer.key.get(), EVP_sha256()) > 0);
    return list;
}

std::vector<CrlHandle> one(CrlHandle list) {
    std::vector<CrlHandle> lists;
    lists.push_back(std::move(list));
    return lists;
}

}  // namespace

TEST_CASE("our own CA is nobody's issuer, whatever the trust says (A16)") {
    const auto own = test::make_root("Own");
    const auto other = test::make_root("Other");
    const Verifier verifier(trust_in({&own, &other}), never_issued_by(own));
    CHECK(judge(verifier, test::issue(leaf_spec(), &other)).ok());

    const auto direct = judge(verifier, test::issue(leaf_spec(), &own));
    CHECK(direct.code == kFaultOwnAuthority);
    CHECK(direct.word == "issued by our own CA");
    const auto middle = test::issue(authority_spec("Middle"), &own);
    CHECK(judge(verifier, test::issue(leaf_spec(), &middle), {&middle}).code == kFaultOwnAuthority);

    const Verifier without(trust_in({&other}), never_issued_by(own));
    CHECK(judge(without, test::issue(leaf_spec(), &own)).code == kFaultOwnAuthority);
}

TEST_CASE("another path is taken where the first one ends nowhere (A15)") {
    const auto root = test::make_root("Root");
    const auto stranger = test::make_root("Stranger");
    auto spec = authority_spec("Middle");
    spec.key = "RSA-2048";  // the same key for all of that name
    const auto good = test::issue(spec, &root);
    const auto lost = test::issue(spec, &stranger);
    auto narrow_spec = spec;
    narrow_spec.extensions = {{NID_name_constraints, true, "excluded;DNS:app.example", {}}};
    const auto narrow = test::issue(narrow_spec, &root);
    const auto leaf = test::issue(leaf_spec(), &good);
    const Verifier verifier(trust_in({&root}), {});
    const std::vector<std::vector<const test::Issued*>> orders{
        {&good, &lost, &narrow}, {&lost, &narrow, &good}, {&narrow, &lost, &good}, {&lost, &stranger, &good}};
    for (const auto& sent : orders) CHECK(judge(verifier, leaf, sent).ok());
    CHECK_FALSE(judge(verifier, leaf, {&lost, &narrow}).ok());
    CHECK(judge(verifier, leaf, {&narrow}).code == X509_V_ERR_EXCLUDED_VIOLATION);
}

TEST_CASE("an intermediate in the trust is an anchor") {
    const auto root = test::make_root("Root");
    const auto middle = test::issue(authority_spec("Middle"), &root);
    const Verifier verifier(trust_in({&middle}), {});
    const auto leaf = test::issue(leaf_spec(), &middle);
    CHECK(judge(verifier, leaf).ok());
    CHECK(judge(verifier, leaf, {&root, &middle}).ok());
}

TEST_CASE("a certificate is valid through its last second") {
    static WallTime moment;
    auto spec = leaf_spec();
    spec.end = system_clock::from_time_t(system_clock::to_time_t(system_clock::now() + 1h));
    moment = spec.end + 999ms;
    const auto root = test::make_root("Root");
    const auto leaf = test::issue(spec, &root);
    const Verifier verifier(trust_in({&root}), {.now = [] { return moment; }});
    CHECK(judge(verifier, leaf).ok());
    moment = spec.end + 1s;
    CHECK(judge(verifier, leaf).code == X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_CASE("name constraints hold for the name that a wildcard is used for (A8)") {
    const auto root = test::make_root("Root");
    auto spec = authority_spec("Middle");
    spec.extensions = {{NID_name_constraints, true, "excluded;DNS:secret.app.example", {}}};
    const auto middle = test::issue(spec, &root);
    const auto leaf = test::issue(leaf_spec({"*.app.example"}), &middle);
    const Verifier verifier(trust_in({&root}), {});
    CHECK(judge(verifier, leaf, {&middle}, "open.app.example").ok());
    CHECK(judge(verifier, leaf, {&middle}, "secret.app.example").code == X509_V_ERR_EXCLUDED_VIOLATION);
    CHECK(judge(verifier, leaf, {&middle}, "SECRET.app.example").code == X509_V_ERR_EXCLUDED_VIOLATION);
}

TEST_CASE("kinds of names are never taken for one another, and hosts have underscores (A5, A7)") {
    const auto root = test::make_root("Root");
    auto spec = leaf_spec({});
    spec.extensions = {{NID_subject_alt_name, false, "URI:app.example,email:app.example,DNS:192.0.2.7", {}}};
    const auto leaf = test::issue(spec, &root);
    CHECK_FALSE(certificate_is_for(leaf.x509(), "app.example"));
    CHECK_FALSE(certificate_is_for(leaf.x509(), "192.0.2.7"));
    CHECK(certificate_is_for(test::issue(leaf_spec({"a_b.example"})).x509(), "a_b.example"));
    CHECK(certificate_is_for(test::issue(leaf_spec({"*.a_b.example"})).x509(), "x_.a_b.example"));
    CHECK(certificate_is_for(test::issue(leaf_spec({"_dmarc.example", "-a.example"})).x509(), "-a.example"));
    CHECK(certificate_is_for(test::issue(leaf_spec({"*.app.example"})).x509(), "a_b.app.example"));
    CHECK(certificate_is_for(test::issue(leaf_spec({"xn--bcher-kva.example"})).x509(), "XN--BCHER-KVA.example"));
}

TEST_CASE("no certificate is for all of a public suffix, but for a private one it may be") {
    const auto covers = [](const std::string& pattern, const std::string& name) {
        return certificate_is_for(test::issue(leaf_spec({pattern})).x509(), name);
    };
    CHECK_FALSE(covers("*.co.uk", "bank.co.uk"));
    CHECK_FALSE(covers("*.CO.UK", "bank.co.uk"));
    CHECK_FALSE(covers("*.com", "bank.com"));
    CHECK_FALSE(covers("*.localname", "host.localname"));
    CHECK(covers("co.uk", "co.uk"));
    CHECK(covers("*.bank.co.uk", "www.bank.co.uk"));
    CHECK(covers("*.github.io", "someone.github.io"));
    CHECK(covers("*.corp.internal", "wiki.corp.internal"));
}

TEST_CASE("a message never says that a thing is not itself") {
    const auto root = test::make_root("Root");
    const Verifier verifier(trust_in({&root}), {});
    const auto detail = [&](const char* names, const std::string& wanted) {
        auto spec = leaf_spec({});
        spec.extensions = {{NID_subject_alt_name, false, names, {}}};
        return judge(verifier, test::issue(spec, &root), {}, wanted).detail;
    };
    CHECK_THAT(detail("DNS:192.0.2.7", "192.0.2.7"),
               test::Contains("it is for 192.0.2.7 (as a DNS name, and not as the address)"));
    CHECK_THAT(detail("DNS:*.co.uk", "bank.co.uk"), test::Contains("*.co.uk (a public suffix"));
    CHECK_THAT(detail("DNS:other.example", "app.example"),
               test::Contains("is not for app.example: it is for other.example,"));
}

TEST_CASE("malformed extensions are refused, also where nobody needs them (A10)") {
    const auto root = test::make_root("Root");
    const Verifier verifier(trust_in({&root}), {});
    const auto code_with = [&](const test::RawExtension& extension) {
        auto spec = leaf_spec();
        spec.extensions = {extension};
        return judge(verifier, test::issue(spec, &root)).code;
    };
    CHECK(code_with({NID_info_access, false, "", {0x30, 0x03, 0x02}}) == X509_V_ERR_INVALID_EXTENSION);
    CHECK(code_with({NID_tlsfeature, false, "", {0x04, 0x00}}) == X509_V_ERR_INVALID_EXTENSION);
    CHECK(code_with({NID_tlsfeature, false, "", {0x30, 0x03, 0x02, 0x01, 0x11}}) == X509_V_OK);
    CHECK(code_with({NID_name_constraints, true, "permitted;DNS:app.example", {}}) == kFaultLeafIsAuthority);
    auto spec = authority_spec("Middle");
    spec.extensions = {{NID_policy_constraints, false, "requireExplicitPolicy:3", {}}};
    const auto middle = test::issue(spec, &root);
    CHECK(judge(verifier, test::issue(leaf_spec(), &middle), {&middle}).code == X509_V_ERR_INVALID_POLICY_EXTENSION);
    spec.extensions = {{NID_name_constraints, true, "", {0x30, 0x00}}};
    const auto empty = test::issue(spec, &root);
    CHECK(judge(verifier, test::issue(leaf_spec(), &empty), {&empty}).code == X509_V_ERR_INVALID_EXTENSION);
}

TEST_CASE("serial numbers are positive and of at most twenty octets") {
    const auto root = test::make_root("Root");
    const Verifier verifier(trust_in({&root}), {});
    const auto code_with = [&](const Bytes& octets, bool negative = false) {
        auto leaf = test::issue(leaf_spec(), &root);
        auto* serial = X509_get_serialNumber(leaf.x509());
        ASN1_STRING_set(serial, octets.data(), static_cast<int>(octets.size()));
        serial->type = negative ? V_ASN1_NEG_INTEGER : V_ASN1_INTEGER;
        X509_sign(leaf.x509(), root.key.get(), EVP_sha256());
        return judge(verifier, leaf).code;
    };
    CHECK(code_with(Bytes(20, 0x7f)) == X509_V_OK);
    CHECK(code_with(Bytes(21, 0x7f)) == kFaultSerial);
    CHECK(code_with({0}) == kFaultSerial);
    CHECK(code_with({5}, true) == kFaultSerial);
}

TEST_CASE("what is on a list is refused, and a list of the past vouches for nobody (A17)") {
    const auto root = test::make_root("Root");
    const auto leaf = test::issue(leaf_spec(), &root);
    const auto other = test::issue(leaf_spec(), &root);
    const auto later = system_clock::now() + 24h;
    const Verifier listed(trust_in({&root}, one(list_of(root, {&leaf}, later))), {});
    const auto verdict = judge(listed, leaf);
    CHECK(verdict.code == X509_V_ERR_CERT_REVOKED);
    CHECK_THAT(verdict.detail, Contains("upstream certificate has been revoked"));
    CHECK(judge(listed, other).ok());
    const Verifier old(trust_in({&root}, one(list_of(root, {}, system_clock::now() - 1h))), {});
    CHECK(judge(old, other).code == X509_V_ERR_CRL_HAS_EXPIRED);
    const auto impostor = test::make_root("Root");
    const Verifier forged(trust_in({&root}, one(list_of(impostor, {}, later))), {});
    CHECK_FALSE(judge(forged, leaf).ok());
}

TEST_CASE("the digest of a policy is that of its contents") {
    const auto root = test::make_root("Root");
    const auto other = test::make_root("Other");
    const auto digest = [](const Verifier& verifier) { return verifier.policy_digest(); };
    const auto plain = digest(Verifier(trust_in({&root}), {}));
    CHECK(plain == digest(Verifier(trust_in({&root}), {})));
    CHECK(plain != digest(Verifier(trust_in({&root, &other}), {})));
    CHECK(plain != digest(Verifier(trust_in({&root}), never_issued_by(other))));
    CHECK(plain != digest(Verifier(trust_in({&root}, one(list_of(root, {}, system_clock::now() + 1h))), {})));
}

namespace {

/// An answer for `leaf` that holds for an hour from `from`.
Bytes answer_of(const test::Issued& issuer, const test::Issued& leaf, int status, system_clock::time_point from,
                const EVP_MD* digest = EVP_sha256()) {
    const Handle<OCSP_BASICRESP, OCSP_BASICRESP_free> basic(OCSP_BASICRESP_new());
    const Handle<OCSP_CERTID, OCSP_CERTID_free> id(OCSP_cert_to_id(nullptr, leaf.x509(), issuer.x509()));
    const Handle<ASN1_TIME, ASN1_TIME_free> begin(ASN1_GENERALIZEDTIME_set(nullptr, system_clock::to_time_t(from)));
    const Handle<ASN1_TIME, ASN1_TIME_free> end(ASN1_GENERALIZEDTIME_set(nullptr, system_clock::to_time_t(from + 1h)));
    REQUIRE(OCSP_basic_add1_status(basic.get(), id.get(), status, OCSP_REVOKED_STATUS_KEYCOMPROMISE, begin.get(),
                                   begin.get(), end.get()));
    REQUIRE(OCSP_basic_sign(basic.get(), issuer.x509(), issuer.key.get(), digest, nullptr, OCSP_NOCERTS) == 1);
    const Handle<OCSP_RESPONSE, OCSP_RESPONSE_free> response(
        OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
    Bytes octets(static_cast<std::size_t>(i2d_OCSP_RESPONSE(response.get(), nullptr)));
    auto* at = octets.data();
    i2d_OCSP_RESPONSE(response.get(), &at);
    return octets;
}

}  // namespace

TEST_CASE("a stapled answer is of its time, of its certificate and of its issuer (A17)") {
    using Status = Staple::Status;
    const auto root = test::make_root("Root");
    const auto leaf = test::issue(leaf_spec(), &root);
    const auto now = system_clock::now();
    const auto status = [&](const Bytes& answer, WallTime at) {
        return judge_ocsp_answer(answer, leaf.x509(), root.x509(), at).status;
    };
    const auto good = answer_of(root, leaf, V_OCSP_CERTSTATUS_GOOD, now);
    CHECK(status(good, now + 30min) == Status::good);
    CHECK(status(good, now + 64min) == Status::good);
    CHECK(status(good, now + 66min) == Status::expired);
    CHECK(status(good, now - 6min) == Status::expired);
    CHECK(status(answer_of(root, leaf, V_OCSP_CERTSTATUS_UNKNOWN, now), now) == Status::unknown);
    const auto revoked = answer_of(root, leaf, V_OCSP_CERTSTATUS_REVOKED, now);
    CHECK(status(revoked, now) == Status::revoked);
    CHECK(status(revoked, now + 24h) == Status::revoked);
    CHECK(status(answer_of(root, test::issue(leaf_spec(), &root), V_OCSP_CERTSTATUS_GOOD, now), now) ==
          Status::invalid);
    CHECK(status(answer_of(test::make_root("Root"), leaf, V_OCSP_CERTSTATUS_GOOD, now), now) == Status::invalid);
    CHECK(status(answer_of(root, leaf, V_OCSP_CERTSTATUS_GOOD, now, EVP_sha1()), now) == Status::invalid);
    CHECK(status({0x30, 0x03, 0x0a, 0x01, 0x03}, now) == Status::none);
    for (std::size_t size = 0; size < good.size(); ++size) {
        CHECK(status(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)), now) == Status::invalid);
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto changed = good;
        changed[at] ^= 0x10;
        const auto verdict = status(changed, now + 30min);
        INFO(at);
        CHECK(verdict != Status::revoked);
        if (verdict == Status::good) CHECK(at < 60);  // outside of what is signed
    }
}

TEST_CASE("a promise of a staple is one for status_request") {
    const auto with = [](const std::string& features) {
        auto spec = leaf_spec();
        if (!features.empty()) spec.extensions = {{NID_tlsfeature, false, features, {}}};
        return must_staple(test::issue(spec).x509());
    };
    CHECK(with("status_request"));
    CHECK(with("17,5"));
    CHECK_FALSE(with("17"));
    CHECK_FALSE(with(""));
}

TEST_CASE("issuers are looked for at http URLs, a few of them") {
    auto spec = leaf_spec();
    const auto urls = [&](const std::string& access) {
        spec.extensions = {{NID_info_access, false, access, {}}};
        return issuer_urls(test::issue(spec).x509());
    };
    CHECK(urls("caIssuers;URI:http://a.example/i.cer") == std::vector<std::string>{"http://a.example/i.cer"});
    CHECK(urls("caIssuers;URI:https://a.example/i.cer").empty());
    CHECK(urls("caIssuers;URI:ldap://a.example/i").empty());
    CHECK(urls("OCSP;URI:http://a.example/").empty());
    CHECK(urls("caIssuers;URI:http://a/1,caIssuers;URI:http://a/2,caIssuers;URI:http://a/3,caIssuers;URI:http://a/4")
              .size() == 3);
}

TEST_CASE("issuers are read in DER and PEM, and remembered") {
    const auto root = test::make_root("Root");
    const auto pem = test::to_pem(root.x509());
    Bytes der(static_cast<std::size_t>(i2d_X509(root.x509(), nullptr)));
    auto* at = der.data();
    i2d_X509(root.x509(), &at);
    CHECK(parse_issuers(der)->size() == 1);
    CHECK(parse_issuers(as_bytes(pem + pem))->size() == 2);
    std::string many;
    for (int i = 0; i < 12; ++i) many += pem;
    CHECK(parse_issuers(as_bytes(many))->size() == 8);
    CHECK(parse_issuers({})->empty());
    CHECK(parse_issuers(as_bytes("<html>"))->empty());

    static WallTime moment;
    moment = system_clock::now();
    IssuerCache cache(1U << 20, [] { return moment; });
    CHECK(cache.find("http://a/") == nullptr);
    cache.put("http://a/", parse_issuers(der));
    cache.put("http://b/", parse_issuers({}));
    CHECK(cache.find("http://a/")->size() == 1);
    CHECK(cache.find("http://b/")->empty());
    moment += 31s;
    CHECK(cache.find("http://a/")->size() == 1);
    CHECK(cache.find("http://b/") == nullptr);
    moment += 1h;
    CHECK(cache.find("http://a/") == nullptr);
}
