#include "net/name/name_cache.h"

#include "tests/support/dns_server.h"
#include "tests/support/test_loop.h"

using namespace bascule;
using namespace bascule::net;
using namespace bascule::test;

TEST_CASE("a cache of names is bounded, and forgets what was used least recently") {
    TestLoop test;
    DnsServer server(test.loop);
    NameCache cache(32);  // two names for each of the 16 shards
    ResolverOptions options;
    options.servers = {server.address()};
    Resolver resolver(test.loop, cache, options);
    const auto ask = [&](int number) {
        const std::string name = fmt::format("n{}.example", number);
        server.tell(name, DnsType::a, {.addresses = {"192.0.2.1"}});
        server.tell(name, DnsType::aaaa, {});
        test.run(resolver.resolve(name));
        return server.asked(name, DnsType::a);
    };
    // A name that is used again and again stays, however many others pass by.
    for (int number = 1; number <= 200; ++number) {
        ask(number);
        CHECK(ask(0) == 1);
    }
    int forgotten = 0;
    for (int number = 1; number <= 200; ++number) {
        if (ask(number) == 2) ++forgotten;
    }
    CHECK(forgotten >= 168);
}
