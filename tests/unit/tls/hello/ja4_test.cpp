#include "tests/support/catch.h"
#include "tests/unit/tls/hello/hello_builder.h"
#include "tls/hello/client_hello.h"

using namespace bascule;
using namespace bascule::tls;
using namespace bascule::test;

namespace {

/// The worked example of the JA4 description.
ClientHello published() {
    ClientHello hello;
    hello.legacy_version = 0x0303;
    hello.ciphers = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9,
                     0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
    hello.extensions = {0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d,
                        0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015};
    hello.signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
    hello.versions = {0x0304, 0x0303};
    hello.alpn = {"h2", "http/1.1"};
    hello.server_name = "www.example";
    return hello;
}

std::string alpn_part(std::string protocol) {
    auto hello = published();
    hello.alpn = {std::move(protocol)};
    return hello.ja4().substr(8, 2);
}

}  // namespace

TEST_CASE("JA4 of the published example") {
    CHECK(published().ja4() == "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

TEST_CASE("JA4 without signature algorithms ends without an underscore") {
    auto hello = published();
    hello.signature_algorithms.clear();
    CHECK(hello.ja4() == "t13d1516h2_8daaf6152771_6d807ffa2a79");
}

TEST_CASE("JA4 of the published example does not see GREASE, read from its octets") {
    const auto example = published();
    Hello hello;
    hello.ciphers = example.ciphers;
    hello.ciphers.insert(hello.ciphers.begin(), 0xdada);
    hello.extensions.push_back({0x2a2a, {}});
    for (const auto type : example.extensions) {
        Bytes body;
        if (type == 0x0000) body = server_name(example.server_name);
        if (type == 0x0010) body = alpn(example.alpn);
        if (type == 0x000d) body = vector(2, numbers(example.signature_algorithms));
        if (type == 0x002b) body = vector(1, numbers({0xfafa, 0x0304, 0x0303}));
        if (type == 0x000a) body = vector(2, numbers({0x6a6a, 29, 23}));
        hello.extensions.push_back({type, body});
    }
    hello.extensions.push_back({0x9a9a, {0}});
    CHECK(parse_client_hello(record(hello.message())).hello.ja4() == "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

TEST_CASE("JA4 tells the highest version offered") {
    auto hello = published();
    hello.versions = {0x8a8a, 0x0303, 0x0302};
    CHECK(hello.ja4().starts_with("t12d"));
    hello.versions.clear();
    for (const auto& [version, code] : std::vector<std::pair<std::uint16_t, std::string>>{
             {0x0303, "12"}, {0x0302, "11"}, {0x0301, "10"}, {0x0300, "s3"}, {0x0505, "00"}}) {
        hello.legacy_version = version;
        CHECK(hello.ja4().substr(1, 2) == code);
    }
}

TEST_CASE("JA4 takes the first and last character of the first protocol") {
    CHECK(alpn_part("h2") == "h2");
    CHECK(alpn_part("http/1.1") == "h1");
    CHECK(alpn_part("x") == "xx");
    CHECK(alpn_part("") == "00");
    CHECK(alpn_part("\xab") == "ab");
    CHECK(alpn_part("\xab\xcd") == "ad");
    CHECK(alpn_part("0\xab") == "3b");
    CHECK(alpn_part("01\xab\xcd") == "3d");
    CHECK(alpn_part("0\xab\xcd"
                    "1") == "01");
    auto hello = published();
    hello.alpn.clear();
    CHECK(hello.ja4().substr(8, 2) == "00");
}

TEST_CASE("JA4 of empty lists is zeros, and counts stop at 99") {
    ClientHello hello;
    hello.legacy_version = 0x0303;
    CHECK(hello.ja4() == "t12i000000_000000000000_000000000000");
    hello.extensions = {0x0000, 0x0010};
    CHECK(hello.ja4() == "t12d000200_000000000000_000000000000");
    hello.ciphers.assign(150, 0x002f);
    CHECK(hello.ja4().substr(4, 2) == "99");
}
