#include "base/address.h"

#include "tests/support/catch.h"

using namespace bascule;

TEST_CASE("an address reads back as it was written") {
    for (const auto* text : {"0.0.0.0", "10.0.0.7", "255.255.255.255", "::", "::1", "2001:db8::7"}) {
        const auto address = IpAddress::parse(text);
        REQUIRE(address);
        CHECK(address->text() == text);
    }
}

TEST_CASE("an IPv4-mapped address is the IPv4 address") {
    CHECK(IpAddress::parse("::ffff:10.0.0.7") == IpAddress::parse("10.0.0.7"));
    CHECK(IpAddress::parse("::ffff:127.0.0.1")->is_loopback());
}

TEST_CASE("what is not an address is refused") {
    for (const auto* text : {"", "10.0.0", "10.0.0.256", "010.0.0.1", "::g", "[::1]", "fe80::1%eth0", "a.example"}) {
        INFO(text);
        CHECK_FALSE(IpAddress::parse(text));
    }
    CHECK_FALSE(IpAddress::parse(std::string_view("10.0.0.7\0x", 10)));
}

TEST_CASE("a socket address needs brackets around IPv6, and only there") {
    CHECK(SocketAddress::parse("10.0.0.7:443")->text() == "10.0.0.7:443");
    CHECK(SocketAddress::parse("[::1]:0")->text() == "[::1]:0");
    for (const auto* text : {"::1:443", "[10.0.0.7]:443", "10.0.0.7", "10.0.0.7:", "10.0.0.7:65536", "10.0.0.7:080"}) {
        INFO(text);
        CHECK_FALSE(SocketAddress::parse(text));
    }
}

TEST_CASE("a block holds the addresses of its prefix and family") {
    const auto ten = Cidr::parse("10.0.0.0/8");
    REQUIRE(ten);
    CHECK(ten->contains(*IpAddress::parse("10.255.0.1")));
    CHECK_FALSE(ten->contains(*IpAddress::parse("11.0.0.1")));
    CHECK_FALSE(ten->contains(*IpAddress::parse("::a00:1")));
    CHECK(Cidr::parse("fe80::/10")->contains(*IpAddress::parse("febf::1")));
    CHECK_FALSE(Cidr::parse("fe80::/10")->contains(*IpAddress::parse("fec0::1")));
    CHECK(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("203.0.113.9")));
    CHECK(Cidr::parse("192.0.2.1")->contains(*IpAddress::parse("192.0.2.1")));
    CHECK_FALSE(Cidr::parse("10.0.0.1/8"));
    CHECK_FALSE(Cidr::parse("10.0.0.0/33"));
    CHECK_FALSE(Cidr::parse("10.0.0.0/"));
}

TEST_CASE("host and port are told apart") {
    CHECK(HostPort::parse("db.example:5432") == HostPort{"db.example", 5432});
    CHECK(HostPort::parse("[::1]:443") == HostPort{"::1", 443});
    CHECK(HostPort{"::1", 443}.text() == "[::1]:443");
    for (const auto* text : {"db.example", "db.example:", "db.example:0", ":443", "::1:443", "[db]:443", "a:b:443"}) {
        INFO(text);
        CHECK_FALSE(HostPort::parse(text));
    }
}
