#include "tls/verify/trust.h"

#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tls/x509/pem.h"

#include <atomic>
#include <thread>

using namespace bascule;
using namespace bascule::tls;
using namespace std::chrono_literals;
using std::chrono::system_clock;
using test::Contains;

namespace {

using Chain = Handle<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }>;

/// A root that is trusted, and what it signs.
struct World {
    test::Issued root = test::make_root();

    std::shared_ptr<const Trust> trust() const {
        const test::TemporaryDirectory directory;
        return Trust::load({directory.write("root.pem", test::to_pem(root.x509()))});
    }
    Verification verify(const test::Issued& leaf, const std::string& name,
                        const std::vector<const test::Issued*>& untrusted = {}) const {
        const Chain chain(sk_X509_new_null());
        for (const auto* one : untrusted) sk_X509_push(chain.get(), one->x509());
        return Verifier(trust(), {}).verify(leaf.x509(), chain.get(), name);
    }
    test::CertificateSpec leaf(std::vector<std::string> names = {"app.example"}) const {
        test::CertificateSpec spec;
        spec.common_name = "origin.test";
        spec.names = std::move(names);
        return spec;
    }
    test::CertificateSpec intermediate() const {
        test::CertificateSpec spec;
        spec.common_name = "Intermediate";
        spec.authority = true;
        return spec;
    }
};

}  // namespace

TEST_CASE("trust is loaded from PEM files, and never from nothing (A20)") {
    const test::TemporaryDirectory directory;
    const auto one = test::to_pem(test::make_root("one").x509());
    const auto two = directory.write("two.pem", "a comment\n" + one + test::to_pem(test::make_root("two").x509()));
    CHECK(Trust::load({two})->roots() == 2);
    CHECK(Trust::load({two, directory.write("one.pem", one)})->roots() == 3);
    CHECK_THROWS_WITH(Trust::load({}), Contains("no root certificate"));
    CHECK_THROWS_WITH(Trust::load({"/nowhere/roots.pem"}), "/nowhere/roots.pem: No such file");
    const auto empty = directory.write("empty.pem", "");
    CHECK_THROWS_WITH(Trust::load({empty}), empty + ": holds no certificate in PEM form");
    const auto broken =
        directory.write("broken.pem", one + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    CHECK_THROWS_WITH(Trust::load({broken}), test::StartsWith(broken + ": certificate 2 is broken ("));
}

TEST_CASE("a good chain is accepted for its names") {
    const World world;
    const auto middle = test::issue(world.intermediate(), &world.root);
    const auto leaf = test::issue(world.leaf({"app.example", "*.apps.example", "192.0.2.7", "2001:db8::1"}), &middle);
    for (const auto* name : {"app.example", "APP.example", "x.apps.example", "192.0.2.7", "2001:db8::1"}) {
        const auto verdict = world.verify(leaf, name, {&middle});
        INFO(verdict.detail);
        CHECK(verdict.ok());
        CHECK(verdict.word == "ok");
        CHECK(verdict.detail.empty());
    }
}

TEST_CASE("self-signed, unknown root and incomplete chains are refused (A2)") {
    const World world;
    const auto alone = world.verify(test::issue(world.leaf()), "app.example");
    CHECK(alone.code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    CHECK(alone.word == "self-signed certificate");
    CHECK_THAT(alone.detail, Contains("upstream certificate is self-signed and not trusted, subject CN=origin.test"));

    const auto other = test::make_root("Other Root");
    const auto unknown = world.verify(test::issue(world.leaf(), &other), "app.example");
    CHECK(unknown.code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    CHECK_THAT(unknown.detail, Contains("issuer that is neither trusted nor sent") && Contains("issuer CN=Other Root"));
    const auto sent = world.verify(test::issue(world.leaf(), &other), "app.example", {&other});
    CHECK(sent.code == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);

    const auto middle = test::issue(world.intermediate(), &world.root);
    CHECK_FALSE(world.verify(test::issue(world.leaf(), &middle), "app.example").ok());
}

TEST_CASE("expired and not yet valid certificates are refused at any depth, with both dates (A3)") {
    const World world;
    const auto now = system_clock::now();
    auto spec = world.leaf();
    spec.begin = now - 24h * 10;
    spec.end = now - 24h * 5;
    const auto expired = world.verify(test::issue(spec, &world.root), "app.example");
    CHECK(expired.code == X509_V_ERR_CERT_HAS_EXPIRED);
    CHECK(expired.word == "certificate has expired");
    CHECK(expired.detail == fmt::format("upstream certificate expired {} (now {}), subject CN=origin.test, issuer "
                                        "CN=Test Root",
                                        format_time(spec.end).substr(0, 10), format_time(now).substr(0, 10)));
    spec.begin = now + 24h;
    spec.end = now + 48h;
    const auto early = world.verify(test::issue(spec, &world.root), "app.example");
    CHECK(early.code == X509_V_ERR_CERT_NOT_YET_VALID);
    CHECK_THAT(early.detail, Contains("is not valid before " + format_time(spec.begin).substr(0, 10)));

    auto old = world.intermediate();
    old.begin = now - 48h;
    old.end = now - 1h;
    const auto middle = test::issue(old, &world.root);
    const auto deep = world.verify(test::issue(world.leaf(), &middle), "app.example", {&middle});
    CHECK(deep.code == X509_V_ERR_CERT_HAS_EXPIRED);
    CHECK_THAT(deep.detail, Contains("upstream chain's certificate 1 expired") && Contains("CN=Intermediate"));

    World ended;
    auto root = ended.intermediate();
    root.begin = now - 48h;
    root.end = now - 1h;
    ended.root = test::issue(root);
    CHECK(ended.verify(test::issue(ended.leaf(), &ended.root), "app.example").code == X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_CASE("only names in the SAN count, never the common name (A4)") {
    const World world;
    auto spec = world.leaf({});
    spec.common_name = "app.example";
    const auto none = world.verify(test::issue(spec, &world.root), "app.example");
    CHECK(none.code == X509_V_ERR_HOSTNAME_MISMATCH);
    CHECK_THAT(none.detail, Contains("is not for app.example: it names no host (no subjectAltName)"));

    spec.names = {"a.example", "b.example", "192.0.2.1", "c.example", "d.example"};
    const auto others = world.verify(test::issue(spec, &world.root), "app.example");
    CHECK(others.word == "hostname mismatch");
    CHECK_THAT(others.detail, Contains("it is for a.example, b.example, 192.0.2.1 and 2 more"));
    CHECK_FALSE(world.verify(test::issue(spec, &world.root), "").ok());
}

TEST_CASE("NUL, control and non-LDH octets in names never match (A5)") {
    using namespace std::string_literals;
    const World world;
    for (const auto& name : {"app.example\0.evil.example"s, "app.example\0"s, "app.example\n"s, "app.example "s}) {
        const auto leaf = test::issue(world.leaf({name}), &world.root);
        CHECK_FALSE(world.verify(leaf, "app.example").ok());
        const auto verdict = world.verify(leaf, name);
        CHECK(verdict.code == X509_V_ERR_HOSTNAME_MISMATCH);
        CHECK(verdict.detail.find('\n') == std::string::npos);
        CHECK(verdict.detail.find('\0') == std::string::npos);
    }
    CHECK_FALSE(world.verify(test::issue(world.leaf({"b\xfc.example"}), &world.root), "b\xfc.example").ok());
}

TEST_CASE("a wildcard is one whole left-most label, and never under a bare top level (A6)") {
    const World world;
    const auto matches = [&](const std::string& pattern, const std::string& name) {
        return world.verify(test::issue(world.leaf({pattern}), &world.root), name).ok();
    };
    CHECK(matches("*.app.example", "x.app.example"));
    CHECK_FALSE(matches("*.app.example", "x.y.app.example"));
    CHECK_FALSE(matches("*.app.example", "app.example"));
    CHECK_FALSE(matches("*.example", "app.example"));
    CHECK_FALSE(matches("*", "example"));
    CHECK_FALSE(matches("a*.app.example", "ab.app.example"));
    CHECK_FALSE(matches("*b.app.example", "ab.app.example"));
    CHECK_FALSE(matches("x.*.example", "x.app.example"));
    CHECK_FALSE(matches("*.app.example", "*.app.example"));
}

TEST_CASE("an address matches iPAddress only (A7)") {
    const World world;
    test::CertificateSpec spec = world.leaf({});
    spec.common_name = "192.0.2.7";
    spec.extensions = {{NID_subject_alt_name, false, "DNS:192.0.2.7", {}}};
    CHECK(world.verify(test::issue(spec, &world.root), "192.0.2.7").code == X509_V_ERR_IP_ADDRESS_MISMATCH);
    CHECK_FALSE(world.verify(test::issue(world.leaf({"192.0.2.8"}), &world.root), "192.0.2.7").ok());
}

TEST_CASE("CA constraints hold (A8)") {
    const World world;
    const auto refused_by = [&](const test::CertificateSpec& issuer) {
        const auto middle = test::issue(issuer, &world.root);
        return world.verify(test::issue(world.leaf(), &middle), "app.example", {&middle}).code;
    };
    auto no_authority = world.leaf({"middle.example"});
    CHECK(refused_by(no_authority) != X509_V_OK);
    auto no_usage = world.intermediate();
    no_usage.authority = false;
    no_usage.extended_key_usage = "";
    no_usage.extensions = {{NID_basic_constraints, true, "CA:TRUE", {}}, {NID_key_usage, true, "cRLSign", {}}};
    CHECK(refused_by(no_usage) != X509_V_OK);
    auto constrained = world.intermediate();
    constrained.extensions = {{NID_name_constraints, true, "permitted;DNS:other.example", {}}};
    CHECK(refused_by(constrained) == X509_V_ERR_PERMITTED_VIOLATION);

    auto short_path = world.intermediate();
    short_path.authority = false;
    short_path.extended_key_usage = "";
    short_path.extensions = {{NID_basic_constraints, true, "CA:TRUE,pathlen:0", {}},
                             {NID_key_usage, true, "keyCertSign", {}}};
    const auto upper = test::issue(short_path, &world.root);
    auto lower_spec = world.intermediate();
    lower_spec.common_name = "Lower";
    const auto lower = test::issue(lower_spec, &upper);
    CHECK(world.verify(test::issue(world.leaf(), &lower), "app.example", {&lower, &upper}).code ==
          X509_V_ERR_PATH_LENGTH_EXCEEDED);
}

TEST_CASE("an extended key usage must allow TLS servers, in the leaf and above it (A9)") {
    const World world;
    auto spec = world.leaf();
    for (const auto* usage : {"clientAuth", "emailProtection", "nsSGC", "msSGC"}) {
        spec.extended_key_usage = usage;
        CHECK(world.verify(test::issue(spec, &world.root), "app.example").code == X509_V_ERR_INVALID_PURPOSE);
    }
    spec.extended_key_usage = "";
    CHECK(world.verify(test::issue(spec, &world.root), "app.example").ok());

    auto mail = world.intermediate();
    mail.extensions = {{NID_ext_key_usage, false, "emailProtection", {}}};
    const auto middle = test::issue(mail, &world.root);
    CHECK_FALSE(world.verify(test::issue(world.leaf(), &middle), "app.example", {&middle}).ok());
}

TEST_CASE("unknown critical and duplicate extensions are refused (A10)") {
    const World world;
    auto spec = world.leaf();
    spec.extensions = {{NID_netscape_comment, true, "", {0x16, 0x01, 'a'}}};
    CHECK(world.verify(test::issue(spec, &world.root), "app.example").code == X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION);
    const test::RawExtension comment{NID_netscape_comment, false, "", {0x16, 0x01, 'a'}};
    spec.extensions = {comment};
    CHECK(world.verify(test::issue(spec, &world.root), "app.example").ok());
    spec.extensions = {comment, comment};
    const auto twice = world.verify(test::issue(spec, &world.root), "app.example");
    CHECK(twice.word == "duplicate extension");
    CHECK_THAT(twice.detail, Contains("the same extension twice"));
}

TEST_CASE("weak keys are refused, in the leaf and above it (A11)") {
    const World world;
    for (const auto* key : {"RSA-1024", "P-224"}) {
        INFO(key);
        auto spec = world.leaf();
        spec.key = key;
        CHECK(world.verify(test::issue(spec, &world.root), "app.example").code == X509_V_ERR_EE_KEY_TOO_SMALL);
        auto weak = world.intermediate();
        weak.key = key;
        const auto middle = test::issue(weak, &world.root);
        const auto verdict = world.verify(test::issue(world.leaf(), &middle), "app.example", {&middle});
        CHECK(verdict.code == X509_V_ERR_CA_KEY_TOO_SMALL);
        CHECK_THAT(verdict.detail, Contains("chain's certificate 1 has a weak key"));
    }
}

TEST_CASE("MD5 and SHA-1 signatures are refused below the root (A12)") {
    const World world;
    for (const auto* digest : {"SHA1", "MD5"}) {
        auto root_spec = world.intermediate();
        root_spec.key = "RSA-2048";
        root_spec.digest = digest;
        World old;
        old.root = test::issue(root_spec);
        CHECK(old.verify(test::issue(old.leaf(), &old.root), "app.example").ok());
        auto spec = old.leaf();
        spec.digest = digest;
        CHECK(old.verify(test::issue(spec, &old.root), "app.example").code == X509_V_ERR_CA_MD_TOO_WEAK);
    }
}

TEST_CASE("an expired cross certificate does not spoil a good path (A15)") {
    const World world;
    auto spec = world.intermediate();
    spec.key = "RSA-2048";  // one key for both certificates of this issuer
    const auto good = test::issue(spec, &world.root);
    spec.end = system_clock::now() - 1h;
    const auto expired = test::issue(spec, &world.root);
    const auto leaf = test::issue(world.leaf(), &good);
    CHECK(world.verify(leaf, "app.example", {&expired, &good}).ok());
    CHECK(world.verify(leaf, "app.example", {&good, &expired}).ok());
}

TEST_CASE("a CA is no server, unless it is itself the one that is trusted") {
    const World world;
    auto spec = world.leaf();
    spec.extensions = {{NID_basic_constraints, true, "CA:TRUE", {}},
                       {NID_key_usage, true, "digitalSignature,keyCertSign", {}}};
    CHECK(world.verify(test::issue(spec, &world.root), "app.example").word == "CA certificate used as a server's");
    World own;
    own.root = test::issue(spec);
    CHECK(own.verify(own.root, "app.example").ok());
}

namespace {
std::atomic<int> hours_passed = 0;
WallTime moved_clock() {
    return system_clock::now() + std::chrono::hours(hours_passed);
}
}  // namespace

TEST_CASE("a verdict is remembered for the very chain and name, and not beyond its end (A19)") {
    hours_passed = 0;
    const World world;
    const Verifier verifier(world.trust(), {.remember_for = 24h * 10, .now = moved_clock});
    auto spec = world.leaf();
    spec.end = system_clock::now() + 5h;
    const auto leaf = test::issue(spec, &world.root);
    CHECK(verifier.verify(leaf.x509(), nullptr, "app.example").ok());
    CHECK(verifier.verify(leaf.x509(), nullptr, "app.example").ok());
    CHECK_FALSE(verifier.verify(leaf.x509(), nullptr, "other.example").ok());
    const auto impostor = test::issue(world.leaf());
    CHECK_FALSE(verifier.verify(impostor.x509(), nullptr, "app.example").ok());
    hours_passed = 6;
    CHECK(verifier.verify(leaf.x509(), nullptr, "app.example").code == X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST_CASE("verdicts differ by what is trusted") {
    const World world;
    const World other;
    const auto leaf = test::issue(world.leaf(), &world.root);
    CHECK(world.verify(leaf, "app.example").ok());
    CHECK_FALSE(other.verify(leaf, "app.example").ok());
}

TEST_CASE("eight threads share a verifier") {
    const World world;
    const Verifier verifier(world.trust(), {});
    std::vector<test::Issued> leaves;
    for (int i = 0; i < 10; ++i)
        leaves.push_back(test::issue(world.leaf({fmt::format("n{}.example", i)}), &world.root));
    std::atomic<int> wrong = 0;
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&] {
            for (std::size_t i = 0; i < 100; ++i) {
                const auto& leaf = leaves[i % 10];
                if (!verifier.verify(leaf.x509(), nullptr, fmt::format("n{}.example", i % 10)).ok()) ++wrong;
                if (verifier.verify(leaf.x509(), nullptr, fmt::format("n{}.example", (i + 1) % 10)).ok()) ++wrong;
            }
        });
    }
    threads.clear();
    CHECK(wrong == 0);
}

TEST_CASE("a fault that is all in the leaf's own dates and names is told from one that is not") {
    const World world;
    const auto now = system_clock::now();
    auto ended = world.leaf();
    ended.begin = now - 24h * 10;
    ended.end = now - 24h * 5;
    auto to_come = world.leaf();
    to_come.begin = now + 24h;

    SECTION("it is where another certificate with these dates and names has it too") {
        for (const auto* name : {"app.example", "other.example", "192.0.2.7", "not a name"}) {
            INFO(name);
            const auto verdict = world.verify(test::issue(ended, &world.root), name);
            CHECK_FALSE(verdict.ok());
            CHECK(verdict.in_leaf_alone);
        }
        CHECK(world.verify(test::issue(to_come, &world.root), "app.example").in_leaf_alone);
        CHECK(world.verify(test::issue(world.leaf({}), &world.root), "app.example").in_leaf_alone);
    }
    SECTION("it is not where the chain has one besides") {
        const auto other = test::make_root("Other Root");
        auto weak = ended;
        weak.key = "RSA-1024";
        auto client = ended;
        client.extended_key_usage = "clientAuth";
        auto middle = world.intermediate();
        middle.end = now - 24h;
        const auto expired_middle = test::issue(middle, &world.root);
        const auto none_in_leaf_alone = {
            world.verify(test::issue(ended), "app.example"),
            world.verify(test::issue(ended, &other), "app.example", {&other}),
            world.verify(test::issue(weak, &world.root), "app.example"),
            world.verify(test::issue(weak, &world.root), "other.example"),
            world.verify(test::issue(client, &world.root), "app.example"),
            world.verify(test::issue(world.leaf(), &expired_middle), "app.example", {&expired_middle}),
            world.verify(test::issue(world.leaf(), &expired_middle), "other.example", {&expired_middle}),
            world.verify(test::issue(world.leaf()), "other.example"),
        };
        for (const auto& verdict : none_in_leaf_alone) {
            INFO(verdict.detail);
            CHECK_FALSE(verdict.ok());
            CHECK_FALSE(verdict.in_leaf_alone);
        }
    }
    SECTION("looking past the name teaches the verifier nothing") {
        const Verifier verifier(world.trust(), {});
        const auto leaf = test::issue(world.leaf(), &world.root);
        CHECK(verifier.verify(leaf.x509(), nullptr, "other.example").in_leaf_alone);
        for (const auto* name : {"other.example", ""}) CHECK_FALSE(verifier.verify(leaf.x509(), nullptr, name).ok());
        CHECK(verifier.verify(leaf.x509(), nullptr, "app.example").ok());
    }
}
