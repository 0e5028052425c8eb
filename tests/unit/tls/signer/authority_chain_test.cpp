#include "tls/signer/authority_chain.h"

#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tls/signer/authority.h"
#include "tls/signer/authority_doubts.h"

using namespace bascule;
using namespace bascule::tls;
using namespace std::chrono_literals;
using test::Contains;

namespace {

/// A root, a CA below it and one below that, as PEM files of a corporate PKI.
struct Corporate {
    explicit Corporate(const std::string& path_length = "") {
        auto spec = authority_spec("Corp Issuing CA");
        if (!path_length.empty()) {
            spec.authority = false;
            spec.extensions = {{NID_basic_constraints, true, "CA:TRUE,pathlen:" + path_length, {}},
                               {NID_key_usage, true, "keyCertSign", {}}};
        }
        issuing = test::issue(spec, &root);
        own = test::issue(authority_spec("Proxy CA"), &issuing);
    }
    static test::CertificateSpec authority_spec(const std::string& name) {
        test::CertificateSpec spec;
        spec.common_name = name;
        spec.authority = true;
        spec.extended_key_usage.clear();
        return spec;
    }
    /// The CA whose file holds these, in this order.
    std::shared_ptr<const Authority> with(std::initializer_list<const test::Issued*> others) const {
        auto text = test::to_pem(own.x509());
        for (const auto* other : others) text += test::to_pem(other->x509());
        return Authority::load(directory.write("ca.crt", text), directory.write("ca.key", test::to_pem(own.key.get())));
    }

    test::Issued root = test::make_root("Corp Root"), issuing, own;
    test::TemporaryDirectory directory;
};

}  // namespace

TEST_CASE("what stands above the CA in its file goes with each leaf, in order, but the root") {
    const Corporate corporate;
    const auto* issuing = &corporate.issuing;
    const auto* root = &corporate.root;
    for (const auto& authority :
         {corporate.with({issuing}), corporate.with({issuing, root}), corporate.with({root, issuing})}) {
        REQUIRE(sk_X509_num(authority->sent()) == 2);
        CHECK(X509_cmp(sk_X509_value(authority->sent(), 0), corporate.own.x509()) == 0);
        CHECK(X509_cmp(sk_X509_value(authority->sent(), 1), issuing->x509()) == 0);
        CHECK_THAT(trust_anchor_text(*authority), Contains("CN=Corp Root"));
    }
    CHECK(sk_X509_num(corporate.with({})->sent()) == 1);
    CHECK(trust_anchor_text(*corporate.with({})) == "CN=Corp Issuing CA (not in the file)");
    CHECK(trust_anchor_text(*corporate.with({issuing, root})) == "CN=Corp Root");
    CHECK(corporate.with({})->identity() != corporate.with({issuing})->identity());
}

TEST_CASE("a chain that cannot carry a leaf is refused, and one that does not fit is told") {
    const Corporate narrow("0");
    CHECK_THROWS_WITH(narrow.with({&narrow.issuing}), Contains("the path length of CN=Corp Issuing CA allows 0"));
    const Corporate wide("1");
    CHECK_NOTHROW(wide.with({&wide.issuing}));
    const Corporate corporate;
    const auto stray = test::make_root("Another Root");
    const auto authority = corporate.with({&corporate.issuing, &stray});
    CHECK(sk_X509_num(authority->sent()) == 2);
    const auto doubts = doubts_about(*authority, "ca.crt", std::chrono::system_clock::now());
    REQUIRE(doubts.size() == 1);
    CHECK_THAT(doubts.front(), Contains("CN=Another Root, which issued nothing above it"));
}

TEST_CASE("a CA that ends soon, and an issuer that ends before it, are told") {
    const Corporate corporate;
    const auto authority = corporate.with({&corporate.issuing});
    const auto end = authority->not_after();
    CHECK(doubts_about(*authority, "ca.crt", end - 24h * 31).empty());
    const auto soon = doubts_about(*authority, "ca.crt", end - 24h * 2);
    REQUIRE(soon.size() == 1);
    CHECK_THAT(soon.front(), Contains("in 2 days") && Contains("have it issued anew by CN=Corp Issuing CA"));
    CHECK_THAT(doubts_about(*authority, "ca.crt", end + 1h).front(), Contains("nothing is intercepted"));

    auto spec = Corporate::authority_spec("Short");
    spec.end = std::chrono::system_clock::now() + 24h * 100;
    const auto issuer = test::issue(spec, &corporate.root);
    std::vector<CertificateHandle> others;
    others.push_back(share(issuer.x509()));
    const Authority outlives(test::issue(Corporate::authority_spec("Long"), &issuer).certificate, nullptr,
                             std::move(others));
    const auto doubts = doubts_about(outlives, "ca.crt", std::chrono::system_clock::now());
    REQUIRE(doubts.size() == 1);
    CHECK_THAT(doubts.front(), Contains("outlives its issuer CN=Short"));
}

TEST_CASE("a CA that is not valid yet is loaded: the clock of a machine that boots is set later") {
    test::CertificateSpec spec;
    spec.authority = true;
    spec.begin = std::chrono::system_clock::now() + 24h;
    spec.extended_key_usage.clear();
    const auto issued = test::issue(spec);
    const test::TemporaryDirectory directory;
    const auto authority = Authority::load(directory.write("ca.crt", test::to_pem(issued.x509())),
                                           directory.write("ca.key", test::to_pem(issued.key.get())));
    const auto doubts = doubts_about(*authority, "ca.crt", std::chrono::system_clock::now());
    REQUIRE_FALSE(doubts.empty());
    CHECK_THAT(doubts.front(), Contains("is not valid before 20") && Contains("no restart is needed"));
}
