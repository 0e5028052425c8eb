#include "tls/hello/downgrades.h"

#include "tests/support/catch.h"
#include "tls/hello/offer.h"

#include <openssl/ssl.h>

using namespace bascule::tls;
using Lost = std::vector<std::string_view>;

namespace {

constexpr std::uint16_t kX25519 = 29;
constexpr std::uint16_t kHybrid = 4588;       // X25519MLKEM768
constexpr std::uint16_t kKyberDraft = 25497;  // known to no OpenSSL

constexpr Agreed kModern{.version = TLS1_3_VERSION, .cipher = 0x1302, .cipher_bits = 256, .group = kX25519};

ClientHello offering(std::vector<std::uint16_t> groups) {
    ClientHello hello;
    hello.legacy_version = 0x0303;
    hello.versions = {0x0304, 0x0303};
    hello.ciphers = {0x1302, 0x1301, 0xc02c};
    hello.groups = std::move(groups);
    hello.key_shares = hello.groups;
    return hello;
}

}  // namespace

TEST_CASE("a client that got what the origin chose lost nothing") {
    CHECK(downgrades(offering({kX25519}), kModern, kModern).empty());
    auto both = kModern;
    both.group = kHybrid;
    if (speaks_post_quantum()) CHECK(downgrades(offering({kHybrid, kX25519}), both, both).empty());
}

TEST_CASE("post-quantum is lost where no such group could be offered") {
    CHECK(downgrades(offering({kKyberDraft, kX25519}), kModern, kModern) == Lost{"post-quantum"});
    const auto lost = downgrades(offering({kHybrid, kX25519}), kModern, kModern);
    CHECK(lost == (speaks_post_quantum() ? Lost{} : Lost{"post-quantum"}));
}

TEST_CASE("post-quantum is lost where the client did not get the origin's group") {
    auto upstream = kModern;
    upstream.group = kHybrid;
    CHECK(downgrades(offering({kHybrid, kX25519}), upstream, kModern) == Lost{"post-quantum"});
}

TEST_CASE("post-quantum is not lost where the origin or the client has no TLS 1.3") {
    const Agreed old{.version = TLS1_2_VERSION, .cipher = 0xc02c, .cipher_bits = 256, .group = kX25519};
    auto hello = offering({kKyberDraft, kX25519});
    CHECK(downgrades(hello, old, old).empty());
    hello.versions = {0x0303};
    CHECK(post_quantum_offer(hello).empty());
}

TEST_CASE("a version below both, a suite that was not offered and a shorter key are told") {
    auto client = kModern;
    client.version = TLS1_2_VERSION;
    CHECK(downgrades(offering({kX25519}), kModern, client) == Lost{"version"});
    client = kModern;
    client.cipher_bits = 128;
    CHECK(downgrades(offering({kX25519}), kModern, client) == Lost{"cipher"});
    auto hello = offering({kX25519});
    hello.ciphers = {0x1301};
    CHECK(downgrades(hello, kModern, kModern) == Lost{"cipher"});
}
