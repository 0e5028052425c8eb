#include "tls/leaf/leaf.h"

#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/library.h"
#include "tests/support/run_task.h"
#include "tls/leaf/distrusted.h"
#include "tls/leaf/leaf_keys.h"
#include "tls/signer/local_signer.h"
#include "tls/verify/trust.h"
#include "tls/x509/certificate.h"
#include "tls/x509/extensions.h"
#include "tls/x509/leaf_names.h"

#include <atomic>
#include <set>
#include <thread>

using namespace bascule;
using namespace bascule::tls;
using namespace std::chrono_literals;
using std::chrono::system_clock;
using test::Contains;

namespace {

std::shared_ptr<const Authority> authority_of(const test::Issued& root) {
    return std::make_shared<Authority>(share(root.x509()), make_local_signer(share(root.key.get())));
}

const std::shared_ptr<const Authority>& our_authority() {
    static const auto authority = authority_of(test::make_root("Our CA"));
    return authority;
}

test::Issued origin_for(const std::vector<std::string>& names, const std::string& common_name = "origin") {
    static const auto root = test::make_root("Public Root");
    test::CertificateSpec spec;
    spec.common_name = common_name;
    spec.names = names;
    return test::issue(spec, &root);
}

LeafRequest request_for(const test::Issued& origin, const std::string& server_name = "app.example") {
    LeafRequest request;
    request.authority = our_authority();
    request.origin = origin.x509();
    request.server_name = server_name;
    request.lifetime = 24h * 30;
    return request;
}

std::shared_ptr<const Leaf> forge(const LeafRequest& request) {
    return test::run_task(forge_leaf(request));
}

ClientHello client_with(const std::vector<std::uint16_t>& versions, const std::vector<std::uint16_t>& schemes) {
    ClientHello client;
    client.versions = versions;
    client.signature_algorithms = schemes;
    return client;
}

std::string names_in(const Leaf& leaf) {
    return test::extension_text(leaf.certificate.get(), NID_subject_alt_name);
}

/// What a client that trusts only `authority` makes of the leaf.
Verification client_verdict(const Authority& authority, const Leaf& leaf, const std::string& name) {
    const test::TemporaryDirectory directory;
    const auto file = directory.write("ca.crt", test::to_pem(authority.certificate()));
    return Verifier(Trust::load({file}), {.remember_for = 0s}).verify(leaf.certificate.get(), nullptr, name);
}

WallTime begin_of(const Leaf& leaf) {
    return time_of(X509_get0_notBefore(leaf.certificate.get()));
}
WallTime end_of(const Leaf& leaf) {
    return time_of(X509_get0_notAfter(leaf.certificate.get()));
}

}  // namespace

TEST_CASE("a forged leaf verifies for the client's own name under every kind of CA (C1)") {
    const auto origin = origin_for({"app.example", "*.apps.example", "192.0.2.7"});
    for (const std::string kind : {"P-256", "P-384", "RSA-2048", "ED25519"}) {
        INFO(kind);
        test::CertificateSpec spec;
        spec.common_name = "Our CA";
        spec.authority = true;
        spec.key = kind;
        const auto authority = authority_of(test::issue(spec));
        auto request = request_for(origin);
        request.authority = authority;
        const auto leaf = forge(request);
        for (const auto* name : {"app.example", "x.apps.example", "192.0.2.7"}) {
            const auto verdict = client_verdict(*authority, *leaf, name);
            CHECK(verdict.detail == "");
            CHECK(verdict.ok());
        }
        CHECK_FALSE(client_verdict(*authority, *leaf, "other.example").ok());
        CHECK(X509_get_version(leaf->certificate.get()) == X509_VERSION_3);
    }
}

TEST_CASE("the certificate that is built is the one that its octets say") {
    const auto leaf = forge(request_for(origin_for({"app.example"})));
    unsigned char* der = nullptr;
    const int size = i2d_X509(leaf->certificate.get(), &der);
    const unsigned char* in = der;
    const CertificateHandle decoded(d2i_X509(nullptr, &in, size));
    OPENSSL_free(der);
    REQUIRE(decoded);
    CHECK(fingerprint_of(decoded.get()) == fingerprint_of(leaf->certificate.get()));
    CHECK(X509_check_private_key(decoded.get(), leaf->key.get()) == 1);
    CHECK(X509_verify(decoded.get(), X509_get0_pubkey(our_authority()->certificate())) == 1);
}

TEST_CASE("a handshake takes the leaf as it is") {
    const auto leaf = forge(request_for(origin_for({"app.example"})));
    const ContextHandle context(SSL_CTX_new(TLS_server_method()));
    const SslHandle ssl(SSL_new(context.get()));
    CHECK(SSL_use_certificate(ssl.get(), leaf->certificate.get()) == 1);
    CHECK(SSL_use_PrivateKey(ssl.get(), leaf->key.get()) == 1);
    CHECK(SSL_check_private_key(ssl.get()) == 1);
}

TEST_CASE("the names are critical where the subject is empty, and only there (RFC 5280 section 4.1.2.6)") {
    for (const std::string subject : {"", "origin"}) {
        const auto origin = origin_for({"app.example"}, subject);
        const auto leaf = forge(request_for(origin));
        auto* x509 = leaf->certificate.get();
        const int at = X509_get_ext_by_NID(x509, NID_subject_alt_name, -1);
        REQUIRE(at >= 0);
        CHECK((X509_EXTENSION_get_critical(X509_get_ext(x509, at)) == 1) == subject.empty());
    }
}

TEST_CASE("a CA bit, certSign or pathlen of the origin is never copied (C2)") {
    test::CertificateSpec spec;
    spec.common_name = "origin";
    spec.names = {"app.example"};
    spec.authority = true;
    spec.extensions = {{NID_name_constraints, true, "permitted;DNS:example", {}}};
    const auto leaf = forge(request_for(test::issue(spec)));
    auto* x509 = leaf->certificate.get();
    CHECK(X509_check_ca(x509) == 0);
    CHECK(test::extension_text(x509, NID_basic_constraints) == "CA:FALSE");
    CHECK(test::extension_text(x509, NID_key_usage) == "Digital Signature");
    CHECK(test::extension_text(x509, NID_name_constraints) == "");
}

TEST_CASE("the leaf's key is of the origin's type and size, and never the CA's (C3)") {
    const auto kind_of = [](const std::string& key, LeafKeyPolicy policy = LeafKeyPolicy::mirror) {
        test::CertificateSpec spec;
        spec.key = key;
        return LeafKeys::kind_for(policy, test::issue(spec).x509());
    };
    using Kind = LeafKeys::Kind;
    CHECK(kind_of("P-256") == Kind::p256);
    CHECK(kind_of("P-224") == Kind::p256);
    CHECK(kind_of("P-384") == Kind::p384);
    CHECK(kind_of("P-521") == Kind::p384);
    CHECK(kind_of("ED25519") == Kind::ed25519);
    CHECK(kind_of("RSA-1024") == Kind::rsa2048);
    CHECK(kind_of("RSA-2048") == Kind::rsa2048);
    CHECK(kind_of("RSA-2056") == Kind::rsa3072);
    CHECK(kind_of("RSA-2048", LeafKeyPolicy::ecdsa_p256) == Kind::p256);
    CHECK(kind_of("P-256", LeafKeyPolicy::rsa_2048) == Kind::rsa2048);

    std::vector<std::string> keys{"P-256", "P-384", "ED25519", "RSA-2048"};
    if (test::has_ml_dsa()) keys.insert(keys.end(), {"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"});
    for (const auto& key : keys) {
        INFO(key);
        test::CertificateSpec spec;
        spec.names = {"app.example"};
        spec.key = key;
        const auto origin = test::issue(spec);
        const auto leaf = forge(request_for(origin));
        CHECK(leaf->stands_in == "");
        CHECK(std::string_view(EVP_PKEY_get0_type_name(leaf->key.get())) == EVP_PKEY_get0_type_name(origin.key.get()));
        CHECK(EVP_PKEY_get_bits(leaf->key.get()) == EVP_PKEY_get_bits(origin.key.get()));
        CHECK(X509_check_private_key(leaf->certificate.get(), leaf->key.get()) == 1);
        CHECK(EVP_PKEY_eq(leaf->key.get(), X509_get0_pubkey(our_authority()->certificate())) != 1);
        CHECK(EVP_PKEY_eq(leaf->key.get(), origin.key.get()) != 1);
        CHECK(test::extension_text(leaf->certificate.get(), NID_key_usage) ==
              (key == "RSA-2048" ? "Digital Signature, Key Encipherment" : "Digital Signature"));
        CHECK(client_verdict(*our_authority(), *leaf, "app.example").ok());
    }
}

TEST_CASE("a client that cannot check what such a key signs is shown a P-256 key") {
    std::vector<std::pair<std::string, std::uint16_t>> kinds{{"Ed25519", 0x0807}};
    if (test::has_ml_dsa())
        kinds.insert(kinds.end(), {{"ML-DSA-44", 0x0904}, {"ML-DSA-65", 0x0905}, {"ML-DSA-87", 0x0906}});
    for (const auto& [key, scheme] : kinds) {
        INFO(key);
        test::CertificateSpec spec;
        spec.names = {"app.example"};
        spec.key = key;
        const auto origin = test::issue(spec);
        auto request = request_for(origin);
        auto client = client_with({0x0304, 0x0303}, {0x0403, scheme});
        request.client = &client;
        const auto mirrored = forge(request);
        CHECK(EVP_PKEY_is_a(mirrored->key.get(), key.c_str()) == 1);
        CHECK(mirrored->stands_in == "");

        client.signature_algorithms = {0x0403};
        const auto plain = forge(request);
        CHECK(EVP_PKEY_is_a(plain->key.get(), "EC") == 1);
        CHECK(plain->stands_in == fmt::format("P-256 for {}, whose signatures the client does not take", key));

        client = client_with({0x0303}, {0x0403, scheme});
        CHECK(EVP_PKEY_is_a(forge(request)->key.get(), "EC") == (key == "Ed25519" ? 0 : 1));  // ML-DSA: TLS 1.3 alone
    }
}

TEST_CASE("a client that takes no such key and a policy that wants none have a leaf each") {
    LeafCache cache;
    test::CertificateSpec spec;
    spec.names = {"app.example"};
    spec.key = "ED25519";
    const auto origin = test::issue(spec);
    auto request = request_for(origin);
    const auto client = client_with({0x0304}, {0x0403});
    request.client = &client;
    const auto mirrored = test::run_task(cache.get(request));
    CHECK(test::run_task(cache.get(request)) == mirrored);
    request.key = LeafKeyPolicy::ecdsa_p256;
    const auto wanted = test::run_task(cache.get(request));
    CHECK(mirrored->stands_in != "");
    CHECK(wanted->stands_in == "");
}

TEST_CASE("a leaf counts for its compressed forms before they are made") {
    const auto leaf = forge(request_for(origin_for({"app.example", "*.apps.example"})));
    const auto der = static_cast<std::size_t>(i2d_X509(leaf->certificate.get(), nullptr));
    std::size_t forms = 0;
    for (const auto algorithm : compressions()) forms += leaf->compressed(algorithm).octets.size();
    CHECK((forms > 0) == test::has_certificate_compression());
    CHECK(leaf->octets >= 4096 + 2 * der + forms);
}

TEST_CASE("serials are positive, of 128 bits, and never the same (C4)") {
    const auto origin = origin_for({"app.example"});
    std::set<std::string> serials;
    for (int i = 0; i < 100; ++i) {
        const auto leaf = forge(request_for(origin));
        CHECK(leaf->serial.size() == 32);
        CHECK(leaf->serial[0] >= '4');
        CHECK(leaf->serial[0] <= '7');
        serials.insert(leaf->serial);
    }
    CHECK(serials.size() == 100);
}

TEST_CASE("what only the real issuer can say is not repeated (C5)") {
    test::CertificateSpec spec;
    spec.names = {"app.example"};
    spec.extensions = {{NID_info_access, false, "OCSP;URI:http://ocsp.example/", {}},
                       {NID_crl_distribution_points, false, "URI:http://crl.example/", {}},
                       {NID_tlsfeature, false, "status_request", {}},
                       {NID_ct_precert_scts, false, "", {0x04, 0x02, 0x00, 0x00}}};
    const auto leaf = forge(request_for(test::issue(spec)));
    for (const auto& extension : spec.extensions) {
        CHECK(X509_get_ext_by_NID(leaf->certificate.get(), extension.nid, -1) < 0);
    }
    CHECK(X509_get_ext_count(leaf->certificate.get()) == 6);
}

TEST_CASE("a leaf lives no longer than asked for, its origin and the CA (C6)") {
    const auto now = system_clock::now();
    test::CertificateSpec spec;
    spec.names = {"app.example"};
    spec.begin = now - 24h * 100;

    SECTION("lifetime, with the day that it is backdated") {
        const auto origin = test::issue(spec);
        const auto leaf = forge(request_for(origin));
        CHECK(end_of(*leaf) - begin_of(*leaf) <= 24h * 30);
        CHECK(end_of(*leaf) > now + 24h * 28);
        CHECK(begin_of(*leaf) >= now - 24h - 1s);
        CHECK(begin_of(*leaf) < now - 23h);
        CHECK(leaf->refresh_at > now + 24h * 18);
        CHECK(leaf->refresh_at < now + 24h * 20);
    }
    SECTION("a short lifetime is hardly spent on the past") {
        const auto origin = test::issue(spec);
        auto request = request_for(origin);
        request.lifetime = 1h;
        const auto leaf = forge(request);
        CHECK(end_of(*leaf) - begin_of(*leaf) <= 1h);
        CHECK(end_of(*leaf) > now + 50min);
    }
    SECTION("the origin's end") {
        spec.end = now + 48h;
        const auto origin = test::issue(spec);
        const auto leaf = forge(request_for(origin));
        CHECK(end_of(*leaf) <= spec.end);
        CHECK(end_of(*leaf) > spec.end - 2s);
        CHECK(leaf->refresh_at < spec.end);
    }
    SECTION("the CA's end") {
        test::CertificateSpec ca;
        ca.authority = true;
        ca.end = now + 24h;
        const auto origin = test::issue(spec);
        auto request = request_for(origin);
        request.authority = authority_of(test::issue(ca));
        CHECK(end_of(*forge(request)) <= ca.end);
    }
    SECTION("a CA that has expired meanwhile signs nothing") {
        const auto origin = test::issue(spec);
        const auto request = request_for(origin);
        CHECK_THROWS_WITH(test::run_task(forge_leaf(request, now + 24h * 400)), Contains("expired 20"));
        CHECK_THROWS_WITH(test::run_task(forge_leaf(request, now - 24h * 400)),
                          Contains("is not valid before 20") && Contains("set the clock"));
    }
}

TEST_CASE("an origin that is not valid now gives a leaf that is not valid now, unless nothing is verified (C9)") {
    const auto now = system_clock::now();
    test::CertificateSpec spec;
    spec.names = {"app.example"};
    SECTION("expired") {
        spec.begin = now - 24h * 100;
        spec.end = now - 24h * 50;
        const auto origin = test::issue(spec);
        auto request = request_for(origin);
        const auto leaf = forge(request);
        CHECK(end_of(*leaf) <= now - 24h * 50);
        CHECK(begin_of(*leaf) < end_of(*leaf));
        CHECK(client_verdict(*our_authority(), *leaf, "app.example").code == X509_V_ERR_CERT_HAS_EXPIRED);
        request.add_server_name = true;
        CHECK(client_verdict(*our_authority(), *forge(request), "app.example").ok());
    }
    SECTION("not yet valid") {
        spec.begin = now + 24h * 10;
        const auto origin = test::issue(spec);
        const auto leaf = forge(request_for(origin));
        CHECK(client_verdict(*our_authority(), *leaf, "app.example").code == X509_V_ERR_CERT_NOT_YET_VALID);
        CHECK(end_of(*leaf) > begin_of(*leaf));
    }
}

TEST_CASE("the leaf is for servers, and names its key and the CA's (C7)") {
    const auto usage = [](const std::string& origin_usage) {
        test::CertificateSpec spec;
        spec.names = {"app.example"};
        spec.extended_key_usage = origin_usage;
        const auto leaf = forge(request_for(test::issue(spec)));
        return test::extension_text(leaf->certificate.get(), NID_ext_key_usage);
    };
    CHECK(usage("") == "TLS Web Server Authentication");
    CHECK(usage("emailProtection") == "TLS Web Server Authentication");
    CHECK(usage("serverAuth,clientAuth") == "TLS Web Server Authentication, TLS Web Client Authentication");

    const auto leaf = forge(request_for(origin_for({"app.example"})));
    const auto* authority_id = X509_get0_authority_key_id(leaf->certificate.get());
    REQUIRE(authority_id);
    CHECK(ASN1_OCTET_STRING_cmp(authority_id, X509_get0_subject_key_id(our_authority()->certificate())) == 0);
    CHECK(key_id_of(leaf->certificate.get()) == public_key_id(leaf->certificate.get()));
    CHECK(key_id_of(leaf->certificate.get()).size() == 20);
}

TEST_CASE("names of every kind are the origin's (C8)") {
    const std::string label(60, 'a');
    const std::string longest = label + "." + label + ".example";
    const auto origin =
        origin_for({longest, "xn--bcher-kva.example", "*.wild.example", "192.0.2.7", "2001:db8::1"}, "");
    const auto leaf = forge(request_for(origin, longest));
    auto* x509 = leaf->certificate.get();
    CHECK(names_in(*leaf) == "DNS:" + longest +
                                 ", DNS:xn--bcher-kva.example, DNS:*.wild.example, IP Address:192.0.2.7, "
                                 "IP Address:2001:DB8:0:0:0:0:0:1");
    CHECK(X509_NAME_entry_count(X509_get_subject_name(x509)) == 0);
    const int at = X509_get_ext_by_NID(x509, NID_subject_alt_name, -1);
    CHECK(X509_EXTENSION_get_critical(X509_get_ext(x509, at)) == 1);
    CHECK(client_verdict(*our_authority(), *leaf, longest).ok());
    CHECK(client_verdict(*our_authority(), *leaf, "2001:db8::1").ok());
}

TEST_CASE("the subject is the origin's") {
    const auto origin = origin_for({"app.example"}, "Büro, Ltd");
    const auto leaf = forge(request_for(origin));
    CHECK(X509_NAME_cmp(X509_get_subject_name(leaf->certificate.get()), X509_get_subject_name(origin.x509())) == 0);
    const int at = X509_get_ext_by_NID(leaf->certificate.get(), NID_subject_alt_name, -1);
    CHECK(X509_EXTENSION_get_critical(X509_get_ext(leaf->certificate.get(), at)) == 0);
}

TEST_CASE("without names of its own, the origin's leaf is for its common name or the server name") {
    CHECK(names_in(*forge(request_for(origin_for({}, "cn.example")))) == "DNS:cn.example");
    CHECK(names_in(*forge(request_for(origin_for({}, "Some Company")))) == "DNS:app.example");
    CHECK(names_in(*forge(request_for(origin_for({}, ""), "192.0.2.9"))) == "IP Address:192.0.2.9");
    CHECK(names_in(*forge(request_for(origin_for({}, ""), "2001:db8::9"))) == "IP Address:2001:DB8:0:0:0:0:0:9");

    test::CertificateSpec empty;
    empty.common_name = "cn.example";
    empty.extensions = {{NID_subject_alt_name, false, "", {0x30, 0x00}}};
    CHECK(names_in(*forge(request_for(test::issue(empty)))) == "DNS:cn.example");
}

TEST_CASE("the server name is added only where it is asked for and not covered") {
    const auto added = [](const std::vector<std::string>& names, const std::string& server_name) {
        const auto origin = origin_for(names);
        auto request = request_for(origin, server_name);
        request.add_server_name = true;
        return names_in(*forge(request));
    };
    CHECK(added({"other.example"}, "app.example") == "DNS:other.example, DNS:app.example");
    CHECK(added({"APP.example"}, "app.example") == "DNS:APP.example");
    CHECK(added({"*.example.org"}, "app.example.org") == "DNS:*.example.org");
    CHECK(added({"*.example.org"}, "a.b.example.org") == "DNS:*.example.org, DNS:a.b.example.org");
    CHECK(added({"*.org"}, "example.org") == "DNS:*.org, DNS:example.org");
    CHECK(added({"other.example"}, "192.0.2.7") == "DNS:other.example, IP Address:192.0.2.7");
    CHECK(added({"192.0.2.7"}, "192.0.2.7") == "IP Address:192.0.2.7");
    CHECK(names_in(*forge(request_for(origin_for({"other.example"})))) == "DNS:other.example");
}

TEST_CASE("what is no name never enters a certificate (C11)") {
    using namespace std::string_literals;
    for (const auto& name : {"a\0b.example"s, "a\nb.example"s, "a b.example"s, "b\xc3\xbc.example"s, "\x7f.example"s}) {
        const auto origin = origin_for({"app.example", name});
        CHECK(names_in(*forge(request_for(origin))) == "DNS:app.example");  // it takes nothing else with it
        const auto nameless = origin_for({name}, "Some Company");
        auto request = request_for(nameless, "other.example");
        CHECK(names_in(*forge(request)) == "DNS:other.example");
        request.add_server_name = true;
        CHECK(names_in(*forge(request)) == "DNS:other.example");
    }
    const auto nameless = origin_for({}, "a\nb");
    for (const auto& name : {""s, "a/b"s, "a\0b"s, "."s, "a..b"s, "a\r\n"s, std::string(64, 'a')}) {
        const auto request = request_for(nameless, name);
        CHECK_THROWS_WITH(forge(request), Contains("is no name for a certificate"));
    }
}

TEST_CASE("where the alternative names cannot be read, the leaf is for the server name alone") {
    const std::vector<Bytes> broken{
        {0x30},       {0x30, 0x80},       {0x30, 0x05, 0x82, 0x09, 'a'},       {0x30, 0x03, 0x87, 0x01, 7},
        {0x04, 0x00}, {0x30, 0x00, 0x00}, {0x30, 0x81, 0x03, 0x82, 0x01, 'a'}, {0x30, 0x02, 0x82, 0x00},
    };
    for (const auto& der : broken) {
        INFO(to_hex(der));
        test::CertificateSpec spec;
        spec.extensions = {{NID_subject_alt_name, false, "", der}};
        const auto origin = test::issue(spec);
        CHECK(names_in(*forge(request_for(origin))) == "DNS:app.example");
        CHECK(leaf_needs_server_name(origin.x509(), false));
    }
    test::CertificateSpec twice;
    twice.names = {"app.example"};
    twice.extensions = {{NID_subject_alt_name, false, "DNS:other.example", {}}};
    const auto origin = test::issue(twice);
    CHECK(names_in(*forge(request_for(origin, "third.example"))) == "DNS:third.example");
}

TEST_CASE("kinds of names that no TLS client matches stay out") {
    test::CertificateSpec spec;
    spec.extensions = {{NID_subject_alt_name,
                        false,
                        "otherName:1.2.3.4;UTF8:admin,RID:1.2.3,DNS:app.example,URI:https://app.example/,"
                        "email:me@app.example",
                        {}}};
    CHECK(names_in(*forge(request_for(test::issue(spec)))) ==
          "DNS:app.example, URI:https://app.example/, email:me@app.example");
}

TEST_CASE("ten thousand names are copied (A22)") {
    std::vector<std::string> names;
    for (int i = 0; i < 10'000; ++i) names.push_back(fmt::format("name-{}.app.example", i));
    const auto origin = origin_for(names);
    auto request = request_for(origin, "not-there.example");
    request.add_server_name = true;
    const auto leaf = forge(request);
    CHECK(client_verdict(*our_authority(), *leaf, "name-9999.app.example").ok());
    CHECK(client_verdict(*our_authority(), *leaf, "not-there.example").ok());
    CHECK(leaf->octets > 1_MiB);
}

TEST_CASE("a signer that fails leaves no leaf") {
    struct Failing final : Signer {
        net::Task<Bytes> sign(Bytes) override {
            throw Error("the signer is gone");
            co_return Bytes{};
        }
    };
    const auto root = test::make_root();
    const auto origin = origin_for({"app.example"});
    auto request = request_for(origin);
    request.authority = std::make_shared<Authority>(share(root.x509()), std::make_unique<Failing>());
    LeafCache cache;
    CHECK_THROWS_WITH(test::run_task(cache.get(request)), "the signer is gone");
    CHECK(cache.octets() == 0);
}

TEST_CASE("a leaf that shows a fault has the origin's dates and names, and not one more (C9)") {
    const auto now = std::chrono::floor<std::chrono::seconds>(system_clock::now());
    const auto shown = [](const test::Issued& origin, const std::shared_ptr<const Authority>& authority) {
        auto request = request_for(origin);
        request.authority = authority;
        request.show_fault = true;
        return forge(request);
    };
    SECTION("wrong names stay wrong") {
        const auto leaf = shown(origin_for({"other.example"}, "app.example"), our_authority());
        CHECK(names_in(*leaf) == "DNS:other.example");
        CHECK(client_verdict(*our_authority(), *leaf, "app.example").code == X509_V_ERR_HOSTNAME_MISMATCH);
    }
    SECTION("no names stay none") {
        const auto leaf = shown(origin_for({}, "app.example"), our_authority());
        CHECK(X509_get_ext_by_NID(leaf->certificate.get(), NID_subject_alt_name, -1) < 0);
        CHECK(client_verdict(*our_authority(), *leaf, "app.example").code == X509_V_ERR_HOSTNAME_MISMATCH);
    }
    SECTION("what is no name is left out, and what cannot be read is not there") {
        const auto leaf = shown(origin_for({"a b", "other.example"}), our_authority());
        CHECK(names_in(*leaf) == "DNS:other.example");
        test::CertificateSpec spec;
        spec.extensions = {{NID_subject_alt_name, false, "", {0x30, 0x80}}};
        CHECK(names_in(*shown(test::issue(spec), our_authority())).empty());
    }
    SECTION("dates that are over stay over, to the second, and those to come to come") {
        test::CertificateSpec spec;
        spec.names = {"app.example"};
        spec.begin = now - 24h * 20;
        spec.end = now - 24h * 10;
        const auto expired = shown(test::issue(spec), our_authority());
        CHECK(end_of(*expired) == spec.end);
        CHECK(begin_of(*expired) >= spec.begin);
        CHECK(client_verdict(*our_authority(), *expired, "app.example").code == X509_V_ERR_CERT_HAS_EXPIRED);

        for (const auto days : {10, 365 * 20}) {  // the second after the CA's own end
            spec.begin = now + 24h * days;
            spec.end = now + 24h * (days + 10);
            const auto early = shown(test::issue(spec), our_authority());
            CHECK(begin_of(*early) == spec.begin);
            CHECK(end_of(*early) == spec.end);
            CHECK(client_verdict(*our_authority(), *early, "app.example").code == X509_V_ERR_CERT_NOT_YET_VALID);
        }
    }
    SECTION("several faults are all shown") {
        test::CertificateSpec spec;
        spec.names = {"other.example"};
        spec.begin = now - 24h * 20;
        spec.end = now - 24h * 10;
        const auto leaf = shown(test::issue(spec), distrusted_authority("self-signed certificate"));
        CHECK(names_in(*leaf) == "DNS:other.example");
        CHECK(end_of(*leaf) == spec.end);
        CHECK(client_verdict(*our_authority(), *leaf, "other.example").code ==
              X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    }
}

TEST_CASE("the authority that nobody trusts says why in its name, and has a key of its own") {
    const auto authority = distrusted_authority("certificate revoked");
    CHECK(authority->subject() == "CN=Bascule: the origin's certificate is not trusted,O=certificate revoked");
    CHECK(distrusted_authority("certificate revoked") == authority);
    const auto other = distrusted_authority(std::string(500, 'x'));
    CHECK(other->fingerprint() != authority->fingerprint());
    CHECK(EVP_PKEY_eq(X509_get0_pubkey(authority->certificate()), X509_get0_pubkey(our_authority()->certificate())) !=
          1);
    const auto origin = origin_for({"app.example"});
    auto request = request_for(origin);
    request.authority = authority;
    request.show_fault = true;
    const auto leaf = forge(request);
    CHECK(name_text(X509_get_issuer_name(leaf->certificate.get())) == authority->subject());
    CHECK_FALSE(client_verdict(*our_authority(), *leaf, "app.example").ok());
    CHECK(X509_verify(leaf->certificate.get(), X509_get0_pubkey(our_authority()->certificate())) != 1);
}

TEST_CASE("the cache gives the same leaf again, and none to another origin of the same name (C10)") {
    LeafCache cache;
    const auto one = origin_for({"app.example"});
    const auto other = origin_for({"app.example"});
    const auto first = test::run_task(cache.get(request_for(one)));
    CHECK(test::run_task(cache.get(request_for(one))) == first);
    CHECK(test::run_task(cache.get(request_for(one, "another.example"))) == first);
    CHECK(test::run_task(cache.get(request_for(other))) != first);
}

TEST_CASE("the cache tells authorities, policies and added names apart (C10)") {
    LeafCache cache;
    const auto origin = origin_for({"app.example"});
    auto request = request_for(origin);
    std::set<std::shared_ptr<const Leaf>> leaves{test::run_task(cache.get(request))};
    request.key = LeafKeyPolicy::rsa_2048;
    leaves.insert(test::run_task(cache.get(request)));
    request.key = LeafKeyPolicy::ecdsa_p256;
    leaves.insert(test::run_task(cache.get(request)));
    request.lifetime = 1h;
    leaves.insert(test::run_task(cache.get(request)));
    request.authority = authority_of(test::make_root());
    leaves.insert(test::run_task(cache.get(request)));
    request.add_server_name = true;
    leaves.insert(test::run_task(cache.get(request)));
    request.server_name = "b.example";
    leaves.insert(test::run_task(cache.get(request)));
    request.add_server_name = false;
    request.show_fault = true;
    leaves.insert(test::run_task(cache.get(request)));
    request.authority = distrusted_authority("certificate revoked");
    leaves.insert(test::run_task(cache.get(request)));
    request.authority = distrusted_authority("certificate rejected");
    leaves.insert(test::run_task(cache.get(request)));
    CHECK(leaves.size() == 9);  // P-256 by policy and P-256 as the origin's are one leaf

    const auto nameless = origin_for({}, "");
    const auto for_a = test::run_task(cache.get(request_for(nameless, "a.example")));
    const auto for_b = test::run_task(cache.get(request_for(nameless, "b.example")));
    CHECK(names_in(*for_a) == "DNS:a.example");
    CHECK(names_in(*for_b) == "DNS:b.example");
}

namespace {
std::atomic<std::int64_t> hours_passed = 0;
WallTime moved_clock() {
    return system_clock::now() + std::chrono::hours(hours_passed);
}
}  // namespace

TEST_CASE("a leaf is forged anew before it ends (C10)") {
    hours_passed = 0;
    LeafCache cache(1_MiB, moved_clock);
    const auto origin = origin_for({"app.example"});
    const auto request = request_for(origin);
    const auto first = test::run_task(cache.get(request));
    hours_passed = 24 * 19;
    CHECK(test::run_task(cache.get(request)) == first);
    hours_passed = 24 * 20;
    const auto second = test::run_task(cache.get(request));
    CHECK(second->serial != first->serial);
    CHECK(end_of(*second) > end_of(*first) + 24h * 19);
}

TEST_CASE("a flood of names does not grow the cache beyond its bound (C12)") {
    constexpr std::size_t bound = 16 * 64_KiB;
    LeafCache cache(bound);
    const auto origin = origin_for({"app.example"});
    for (int i = 0; i < 500; ++i) {
        auto request = request_for(origin, fmt::format("n{}.flood.example", i));
        request.add_server_name = true;
        test::run_task(cache.get(request));
        REQUIRE(cache.octets() <= bound);
    }
    CHECK(cache.octets() > bound / 2);
}

TEST_CASE("eight threads share the cache") {
    LeafCache cache(16 * 48_KiB);
    std::vector<test::Issued> origins;
    for (int i = 0; i < 40; ++i) origins.push_back(origin_for({fmt::format("n{}.example", i)}));
    std::atomic<int> wrong = 0;
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 200; ++i) {
                const auto which = static_cast<std::size_t>((i * 7 + thread * 3) % 40);
                const auto leaf = test::run_task(cache.get(request_for(origins[which])));
                if (names_in(*leaf) != fmt::format("DNS:n{}.example", which)) ++wrong;
            }
        });
    }
    threads.clear();
    CHECK(wrong == 0);
    CHECK(cache.octets() <= 16 * 48_KiB);
}
