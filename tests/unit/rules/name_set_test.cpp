#include "rules/name_set.h"

#include "tests/support/catch.h"

#include <fmt/format.h>

using namespace bascule::rules;

namespace {

NameSet set_of(std::initializer_list<std::string_view> patterns) {
    NameSet names;
    for (const auto pattern : patterns) {
        INFO(pattern);
        REQUIRE_FALSE(names.add(pattern));
    }
    REQUIRE_FALSE(names.seal());
    return names;
}

}  // namespace

TEST_CASE("a name is compared in lower-case A-label form without its last dot") {
    CHECK(normalize_name("WWW.Example.") == "www.example");
    CHECK(normalize_name("Bücher.example") == "xn--bcher-kva.example");
    CHECK(normalize_name("BÜCHER.example") == "xn--bcher-kva.example");
    CHECK(normalize_name("faß.de") == "xn--fa-hia.de");
    CHECK(normalize_name("bu\xCC\x88"
                         "cher.example") == "xn--bcher-kva.example");
    CHECK(normalize_name("XN--BCHER-KVA.example") == "xn--bcher-kva.example");
    CHECK(normalize_name("例え.テスト") == "xn--r8jz45g.xn--zckzah");
}

TEST_CASE("names as they really occur are let through") {
    for (const auto* name : {"_dmarc.example", "r3---sn-4g5e6nsz.video.example", "-a.example", "a-.example",
                             "localhost", "xn--", "a_b.example"}) {
        CHECK(normalize_name(name) == name);
    }
}

TEST_CASE("an address keeps its text form") {
    CHECK(normalize_name("192.0.2.1") == "192.0.2.1");
    CHECK(normalize_name("2001:DB8:0::1") == "2001:db8::1");
}

TEST_CASE("what is neither a name nor an address is nothing") {
    const std::string long_label(64, 'a');
    std::string long_name;
    for (int i = 0; i < 127; ++i) long_name += "a.";
    for (const std::string& name :
         {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string("a.."),
          std::string("a\0b", 3), std::string("a/b"), std::string("a b"), std::string("a@b"), std::string("*.a"),
          std::string("[::1]"), std::string("\xff\xfe"), std::string("a:b"), long_label + ".example", long_name + "a",
          std::string(5000, 'a'), std::string("\xE2\x80\xAE.example")}) {
        INFO(name);
        CHECK_FALSE(normalize_name(name));
    }
    CHECK(normalize_name(long_name));  // 253 octets and the last dot
}

TEST_CASE("an exact name matches itself alone") {
    const auto names = set_of({"bank.example", "192.0.2.1"});
    CHECK(names.contains("bank.example"));
    CHECK_FALSE(names.contains("www.bank.example"));
    CHECK_FALSE(names.contains("example"));
    CHECK_FALSE(names.contains("xbank.example"));
    CHECK_FALSE(names.contains(""));
    CHECK(names.contains("192.0.2.1"));
    CHECK(names.matching("bank.example") == "bank.example");
}

TEST_CASE("a suffix matches at any depth and not the apex") {
    const auto names = set_of({"*.Bank.Example."});
    CHECK(names.contains("a.bank.example"));
    CHECK(names.contains("c.b.a.bank.example"));
    CHECK_FALSE(names.contains("bank.example"));
    CHECK_FALSE(names.contains("abank.example"));
    CHECK_FALSE(names.contains("a.bank.example.org"));
    CHECK(names.matching("a.bank.example") == "*.bank.example");
}

TEST_CASE("the same name may be meant exactly and as a suffix") {
    const auto names = set_of({"bank.example", "*.bank.example", "bank.example"});
    CHECK(names.size() == 2);
    CHECK(names.matching("bank.example") == "bank.example");
    CHECK(names.matching("a.bank.example") == "*.bank.example");
}

TEST_CASE("a suffix of as many labels as a name can have is found") {
    std::string deep = "a";
    while (deep.size() < 240) deep += ".a";
    const auto names = set_of({"*." + deep});
    CHECK(names.contains("b." + deep));
    CHECK_FALSE(names.contains("b." + deep.substr(2)));
}

TEST_CASE("a regular expression is unanchored and ignores case") {
    const auto names = set_of({"/^Ads?[0-9]+\\./", "/track/"});
    CHECK(names.contains("ad7.example"));
    CHECK(names.contains("a.tracker.example"));
    CHECK_FALSE(names.contains("ad.example"));
    CHECK(names.matching("a.tracker.example") == "/track/");
    CHECK(names.matching("ads1.track.example") == "/^Ads?[0-9]+\\./");
}

TEST_CASE("an expression that would explode elsewhere is answered") {
    const auto names = set_of({"/(a+)+$/", "/(x+x+)+y/", "/(a|b)*a(a|b){12}c/"});
    CHECK(names.contains(std::string(250, 'a')));
    CHECK_FALSE(names.contains(std::string(250, 'x')));
    CHECK_FALSE(names.contains(std::string(200, 'b')));
}

TEST_CASE("a pattern that cannot match is refused with a reason") {
    NameSet names;
    for (const auto* pattern :
         {"", "*", "*.", "a.*.b", "10.0.0.0/8", "/a(/", "//", "/", "*.0.0.1", "*.::1", "10.0.0.256", "a..b",
          "/\xC3\xBC/", "/a{1000}{1000}/", "http://a.example", "**.a", "file:x"}) {
        INFO(pattern);
        const auto fault = names.add(pattern);
        REQUIRE(fault);
        CHECK(fault->find('"') != fault->npos);
    }
    CHECK(names.size() == 0);
}

TEST_CASE("among a million names each is found, and its neighbours are not") {
    NameSet names;
    for (int i = 0; i < 1'000'000; ++i) {
        const auto fault = names.add(fmt::format("{}host{}.site{}.example", i % 2 == 0 ? "" : "*.", i, i % 1000));
        if (fault) FAIL(*fault);
    }
    REQUIRE_FALSE(names.seal());
    CHECK(names.size() == 1'000'000);
    int wrong = 0;
    for (int i = 0; i < 1'000'000; ++i) {
        const auto name = fmt::format("host{}.site{}.example", i, i % 1000);
        const bool is_exact = i % 2 == 0;
        wrong += names.contains(name) == is_exact ? 0 : 1;
        wrong += names.contains("www." + name) == !is_exact ? 0 : 1;
        wrong += names.contains("x" + name) ? 1 : 0;
    }
    CHECK(wrong == 0);
}

TEST_CASE("names of every length are found, however few fit side by side, and no others") {
    const auto longest = GENERATE(3U, 60U, 130U, 240U, 253U);
    const auto count = GENERATE(1U, 2U, 3U, 30U, 3000U);
    const auto name_of = [&](std::size_t i) {
        auto name = fmt::format("h{}.n{}", i, longest);
        const auto length = i % 2 == 0 ? longest : 1 + i % longest;
        while (name.size() < length) name += name.size() % 50 == 49 && name.size() + 1 < length ? '.' : 'x';
        return name;
    };
    NameSet names;
    for (std::size_t twice = 0; twice < 2 * count; ++twice) {
        const auto fault = names.add(name_of(twice % count));
        if (fault) FAIL(*fault);
    }
    REQUIRE_FALSE(names.seal());
    CHECK(names.size() == count);
    int wrong = 0;
    for (std::size_t i = 0; i < count; ++i) {
        wrong += names.contains(name_of(i)) ? 0 : 1;
        wrong += names.contains(name_of(i + count)) ? 1 : 0;
    }
    CHECK(wrong == 0);
}
