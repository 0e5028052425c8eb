#include "daemon/announce/usable_address.h"

#include "tests/support/catch.h"

using namespace bascule;
using namespace bascule::daemon;

namespace {

std::string usable(std::string_view bound, std::string_view allow = {}) {
    config::Listener entry;
    if (!allow.empty()) entry.allow.push_back(*Cidr::parse(allow));
    const OpenListener listener{.entry = std::make_shared<const config::Listener>(entry),
                                .address = *SocketAddress::parse(bound),
                                .sockets = {}};
    const std::vector own{*IpAddress::parse("127.0.0.1"), *IpAddress::parse("fe80::1"), *IpAddress::parse("10.1.2.3"),
                          *IpAddress::parse("2001:db8::7")};
    return usable_address(listener, own).text();
}

}  // namespace

TEST_CASE("a listener on one address is reached there") {
    CHECK(usable("10.1.2.3:80") == "10.1.2.3:80");
    CHECK(usable("[::1]:80") == "[::1]:80");
}

TEST_CASE("a listener on all addresses is reached by loopback, or by the address that may connect") {
    CHECK(usable("0.0.0.0:80") == "127.0.0.1:80");
    CHECK(usable("[::]:80") == "127.0.0.1:80");
    CHECK(usable("[::]:80", "::1/128") == "[::1]:80");
    CHECK(usable("0.0.0.0:80", "10.0.0.0/8") == "10.1.2.3:80");
    CHECK(usable("[::]:80", "10.0.0.0/8") == "10.1.2.3:80");
    CHECK(usable("[::]:80", "2001:db8::/32") == "[2001:db8::7]:80");
    CHECK(usable("0.0.0.0:80", "2001:db8::/32") == "127.0.0.1:80");
    CHECK(usable("0.0.0.0:80", "192.168.0.0/16") == "127.0.0.1:80");
}
