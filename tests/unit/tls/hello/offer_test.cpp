#include "tls/hello/offer.h"

#include "tests/support/catch.h"
#include "tests/support/library.h"
#include "tls/library.h"

#include <openssl/ssl.h>

using namespace bascule::tls;

namespace {

constexpr OfferFloor kWhole{.minimum_version = TLS1_2_VERSION, .legacy = false, .whole = true};
constexpr OfferFloor kNarrow{.minimum_version = TLS1_2_VERSION};

/// As an old library's default is.
ClientHello generous() {
    ClientHello hello;
    hello.legacy_version = 0x0303;
    hello.versions = {0x0304, 0x0303, 0x0302, 0x0301};
    hello.ciphers = {0x1305, 0x1301, 0x002f, 0xc02f, 0xc013, 0x00ff};
    hello.signature_algorithms = {0x0201, 0x0403, 0x0402, 0x0303};
    return hello;
}

}  // namespace

TEST_CASE("a whole hello has what the floor forbids, in the client's order") {
    const auto offer = mirrored_offer(generous(), kWhole);
    CHECK(offer.minimum_version == TLS1_VERSION);
    CHECK(offer.maximum_version == TLS1_3_VERSION);
    CHECK(offer.suites == "TLS_AES_128_CCM_8_SHA256:TLS_AES_128_GCM_SHA256");
    CHECK(offer.ciphers == "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA");
    CHECK(offer.signature_algorithms == "rsa_pkcs1_sha1:ecdsa_secp256r1_sha256:DSA+SHA256:ECDSA+SHA224");
}

TEST_CASE("another hello has what is allowed alone") {
    const auto offer = mirrored_offer(generous(), kNarrow);
    CHECK(offer.minimum_version == TLS1_2_VERSION);
    CHECK(offer.suites == "TLS_AES_128_GCM_SHA256");
    CHECK(offer.ciphers == "ECDHE-RSA-AES128-GCM-SHA256");
    CHECK(offer.signature_algorithms == "ecdsa_secp256r1_sha256");
}

TEST_CASE("no version is offered that the client does not offer, and none below the floor by itself") {
    auto hello = generous();
    hello.versions = {0x0304, 0x0303, 0x0301};
    CHECK(mirrored_offer(hello, kWhole).minimum_version == TLS1_2_VERSION);
    hello.versions = {0x0302, 0x0301};
    const auto offer = mirrored_offer(hello, kWhole);
    CHECK(offer.minimum_version == TLS1_2_VERSION);
    CHECK(offer.maximum_version == TLS1_2_VERSION);
}

TEST_CASE("what is allowed is what a narrow hello offers") {
    for (const std::uint16_t suite : {0x1301, 0x1304, 0xc02b, 0xc028, 0x009e}) CHECK(allows_cipher(suite));
    for (const std::uint16_t suite : {0x1305, 0x002f, 0x009c, 0xc013, 0x0033, 0x006b, 0x0005, 0x0000}) {
        CHECK_FALSE(allows_cipher(suite));
    }
    for (const std::uint16_t scheme : {0x0403, 0x0804, 0x0401, 0x0807}) CHECK(allows_scheme(scheme));
    for (const std::uint16_t scheme : {0x0201, 0x0203, 0x0301, 0x0303, 0x0402, 0x0101})
        CHECK_FALSE(allows_scheme(scheme));
}

TEST_CASE("post-quantum groups are offered where the client offers them and the library has them") {
    ClientHello hello = generous();
    hello.groups = {4588, 29, 23};
    hello.key_shares = {4588, 29};
    const bool hybrid = speaks_post_quantum();
    CHECK(hybrid == can_mirror_post_quantum(hello));
    CHECK(post_quantum_offer(hello) == "X25519MLKEM768");
    CHECK(mirrored_offer(hello, kWhole).groups == (hybrid ? "*X25519MLKEM768:*X25519:P-256" : "X25519:P-256"));
    CHECK(own_offer(hello, kWhole).groups == (hybrid ? "*X25519MLKEM768:*X25519:P-256:P-384:P-521" : ""));
    hello.groups = {29, 23};
    CHECK_FALSE(can_mirror_post_quantum(hello));
    CHECK(post_quantum_offer(hello).empty());
    CHECK(own_offer(hello, kWhole).groups.empty());
}

TEST_CASE("key shares are the client's") {
    ClientHello hello = generous();
    hello.groups = {0x0a0a, 29, 23, 24};
    hello.key_shares = {0x0a0a, 23};
    CHECK(mirrored_offer(hello, kWhole).groups ==
          (speaks_post_quantum() ? "X25519:*P-256:P-384" : "P-256:X25519:P-384"));
    hello.key_shares = {25};  // of a group that it does not name
    CHECK(mirrored_offer(hello, kWhole).groups == "X25519:P-256:P-384");
}

TEST_CASE("a group has the number that OpenSSL's name for it stands for") {
    CHECK(group_number(NID_X25519) == 29);
    CHECK(group_number(TLSEXT_nid_unknown | 4588) == 4588);
    CHECK(group_number(NID_undef) == 0);
    CHECK(is_post_quantum(4588));
    CHECK_FALSE(is_post_quantum(29));
}

TEST_CASE("renegotiation_info is said as the client says it, where the library can: then TLS 1.0 is not offered") {
    auto hello = generous();
    CHECK(mirrored_offer(hello, kWhole).renegotiation_suite);
    hello.extensions = {0xff01};
    CHECK(mirrored_offer(hello, kWhole).minimum_version == TLS1_VERSION);
    std::erase(hello.ciphers, 0x00ff);
    const auto offer = mirrored_offer(hello, kWhole);
    CHECK_FALSE(offer.renegotiation_suite);
    CHECK(offer.minimum_version == (says_renegotiation_info() ? TLS1_1_VERSION : TLS1_VERSION));
    constexpr OfferFloor kLegacy{.minimum_version = TLS1_2_VERSION, .legacy = true, .whole = true};
    CHECK(mirrored_offer(hello, kLegacy).minimum_version == TLS1_VERSION);
}

TEST_CASE("ML-DSA is offered, and allowed, where the library has it") {
    auto hello = generous();
    hello.signature_algorithms = {0x0905, 0x0403, 0x0906, 0x0904};
    const bool can = bascule::test::has_ml_dsa();
    const auto offered = can ? "mldsa65:ecdsa_secp256r1_sha256:mldsa87:mldsa44" : "ecdsa_secp256r1_sha256";
    CHECK(mirrored_offer(hello, kNarrow).signature_algorithms == offered);
    for (const std::uint16_t scheme : {0x0904, 0x0905, 0x0906}) {
        CHECK(allows_scheme(scheme) == can);
        CHECK(scheme_name(scheme).empty() != can);
    }
}

TEST_CASE("certificate compression is offered as the client does, as far as the library has it") {
    auto hello = generous();
    CHECK(mirrored_offer(hello, kWhole).compressions.empty());
    hello.compressions = {3, 77, 1, 3};
    const std::vector<std::uint16_t> both{3, 1};
    const auto offered = bascule::test::has_certificate_compression() ? both : std::vector<std::uint16_t>();
    CHECK(mirrored_offer(hello, kWhole).compressions == offered);
    CHECK(mirrored_offer(hello, kNarrow).compressions == offered);
    CHECK(own_offer(hello, kNarrow).compressions.empty());
}

TEST_CASE("signature_algorithms_cert names what the library has, and no more") {
    const auto& list = scheme_list();
    CHECK((list[0] << 8 | list[1]) == static_cast<int>(list.size()) - 2);
    for (std::size_t i = 2; i < list.size(); i += 2) {
        CHECK_FALSE(scheme_name(static_cast<std::uint16_t>(list[i] << 8 | list[i + 1])).empty());
    }
}
