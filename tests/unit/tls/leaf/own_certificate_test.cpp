#include "tls/leaf/own_certificate.h"

#include "tests/support/catch.h"
#include "tests/support/certificates.h"

using namespace bascule;
using namespace bascule::tls;
using test::Contains;

namespace {

/// A root, an intermediate and a leaf, in files.
struct Files {
    test::TemporaryDirectory directory;
    test::Issued root = test::make_root("Own Root");
    test::Issued middle;
    test::Issued leaf;

    explicit Files(std::chrono::hours left = std::chrono::hours(24)) {
        test::CertificateSpec authority;
        authority.common_name = "Own Intermediate";
        authority.authority = true;
        middle = test::issue(authority, &root);
        test::CertificateSpec spec;
        spec.common_name = "app.example";
        spec.names = {"app.example"};
        spec.begin = std::chrono::system_clock::now() - std::chrono::hours(24 * 30);
        spec.end = std::chrono::system_clock::now() + left;
        leaf = test::issue(spec, &middle);
    }
    OwnCertificate load(const std::vector<X509*>& certificates) const {
        std::string text;
        for (auto* certificate : certificates) text += test::to_pem(certificate);
        return load_own_certificate(directory.write("own.pem", text),
                                    directory.write("own.key", test::to_pem(leaf.key.get())));
    }
};

}  // namespace

TEST_CASE("one's own certificate is loaded with its chain, and has no serial") {
    const Files files;
    const auto own = files.load({files.leaf.x509(), files.middle.x509(), files.root.x509()});
    CHECK(X509_cmp(own.leaf->certificate.get(), files.leaf.x509()) == 0);
    CHECK(sk_X509_num(own.leaf->chain.get()) == 2);
    CHECK(own.leaf->serial.empty());
    CHECK(own.doubts.empty());
}

TEST_CASE("what clients may not accept of one's own certificate is said") {
    const Files files;
    const auto disordered = files.load({files.leaf.x509(), files.root.x509(), files.middle.x509()});
    REQUIRE(disordered.doubts.size() == 2);
    CHECK_THAT(disordered.doubts[0], Contains("CN=Own Root did not issue the certificate before it"));
    CHECK_THAT(disordered.doubts[1], Contains("CN=Own Intermediate did not issue the certificate before it"));

    const Files expired(std::chrono::hours(-24));
    const auto own = expired.load({expired.leaf.x509(), expired.middle.x509()});
    REQUIRE(own.doubts.size() == 1);
    CHECK_THAT(own.doubts[0], Contains("CN=app.example expired 20") && Contains("; renew it"));
}

TEST_CASE("a key of another certificate, and a certificate that no handshake takes, are refused") {
    const Files files;
    CHECK_THROWS_WITH(
        files.load({files.middle.x509(), files.leaf.x509()}),
        Contains("own.key: does not belong to the first certificate in ") && Contains("(CN=Own Intermediate)"));
    const test::TemporaryDirectory directory;
    test::CertificateSpec spec;
    spec.key = "RSA-1024";
    const auto weak = test::issue(spec);
    const auto certificate = directory.write("weak.pem", test::to_pem(weak.x509()));
    const auto key = directory.write("weak.key", test::to_pem(weak.key.get()));
    CHECK_THROWS_WITH(load_own_certificate(certificate, key), Contains("cannot be used (ee key too small)"));
}
