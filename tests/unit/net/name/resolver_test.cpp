#include "net/name/resolver.h"

#include "tests/support/dns_server.h"
#include "tests/support/test_loop.h"

#include <fcntl.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace bascule;
using namespace bascule::net;
using namespace bascule::test;
using namespace std::chrono_literals;

namespace {

/// A hosts file of the test's own.
class TemporaryFile {
  public:
    TemporaryFile() { UniqueFd(::mkstemp(path_.data())).reset(); }
    TemporaryFile(const TemporaryFile&) = delete;
    ~TemporaryFile() { ::unlink(path_.c_str()); }
    const std::string& path() const { return path_; }
    void write(std::string_view text) { std::ofstream(path_) << text; }

  private:
    static std::string pattern() { return std::filesystem::temp_directory_path() / "bascule-hosts-XXXXXX"; }
    std::string path_ = pattern();
};

/// A resolver that asks the test's own server.
struct Names {
    TestLoop test;
    DnsServer server{test.loop};
    TemporaryFile hosts;
    NameCache cache;
    std::unique_ptr<Resolver> resolver = make(5s);

    std::unique_ptr<Resolver> make(Duration timeout) {
        ResolverOptions options;
        options.servers = {server.address()};
        options.hosts = hosts.path();
        options.timeout = timeout;
        return std::make_unique<Resolver>(test.loop, cache, options);
    }
    Resolved resolve(const std::string& name) { return test.run(resolver->resolve(name)); }
    void tell_both(const std::string& name, DnsServer::Answer four, DnsServer::Answer six) {
        server.tell(name, DnsType::a, std::move(four));
        server.tell(name, DnsType::aaaa, std::move(six));
    }
    int asked(const std::string& name) { return server.asked(name, DnsType::a); }
    bool settled() {
        return test.turn_until([&] { return resolver->pending() == 0; });
    }
    std::string port() const { return server.address().text(); }
};

std::vector<std::string> texts(const Resolved& resolved) {
    std::vector<std::string> all;
    for (const auto& address : resolved.addresses) all.push_back(address.text());
    return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an address resolves to itself, without asking anybody") {
    Names names;
    CHECK(texts(names.resolve("192.0.2.7")) == Texts{"192.0.2.7"});
    CHECK(texts(names.resolve("2001:db8::7")) == Texts{"2001:db8::7"});
    CHECK(names.resolver->pending() == 0);
}

TEST_CASE("addresses come in the order to try: by turns, IPv6 first") {
    Names names;
    names.tell_both("db.example", {.addresses = {"192.0.2.1", "192.0.2.2"}}, {.addresses = {"2001:db8::1"}});
    const auto resolved = names.resolve("db.example");
    CHECK(resolved.fault == NameFault::none);
    CHECK(texts(resolved) == Texts{"2001:db8::1", "192.0.2.1", "192.0.2.2"});
}

TEST_CASE("a name is asked once while its answer is remembered, in whatever case it is written") {
    Names names;
    names.tell_both("db.example", {.addresses = {"192.0.2.1"}, .ttl = 60}, {.addresses = {"2001:db8::1"}, .ttl = 30});
    CHECK(names.resolve("db.example").addresses.size() == 2);
    CHECK(names.resolve("DB.Example.").addresses.size() == 2);
    CHECK(names.asked("db.example") == 1);
    names.test.advance(29s);
    names.resolve("db.example");
    CHECK(names.asked("db.example") == 1);
    names.test.advance(1s);
    names.resolve("db.example");
    CHECK(names.asked("db.example") == 2);
}

TEST_CASE("an answer with a TTL of zero is not remembered, one of a year an hour") {
    Names names;
    names.tell_both("now.example", {.addresses = {"192.0.2.1"}, .ttl = 0}, {});
    names.tell_both("ever.example", {.addresses = {"192.0.2.2"}, .ttl = 31'536'000}, {});
    for (int i = 1; i <= 2; ++i) {
        CHECK(names.resolve("now.example").addresses.size() == 1);
        CHECK(names.asked("now.example") == i);
    }
    names.resolve("ever.example");
    names.test.advance(59min);
    names.resolve("ever.example");
    CHECK(names.asked("ever.example") == 1);
    names.test.advance(1min);
    names.resolve("ever.example");
    CHECK(names.asked("ever.example") == 2);
}

TEST_CASE("resolvers share what is remembered") {
    Names names;
    names.tell_both("db.example", {.addresses = {"192.0.2.1"}}, {});
    names.resolve("db.example");
    names.resolver = names.make(5s);
    CHECK(names.resolve("db.example").addresses.size() == 1);
    CHECK(names.asked("db.example") == 1);
}

TEST_CASE("a name that does not exist is not found, says who, and is remembered for 5 s") {
    Names names;
    const auto resolved = names.resolve("nosuch.example");
    CHECK(resolved.fault == NameFault::not_found);
    CHECK(resolved.addresses.empty());
    CHECK(resolved.detail == "no such host (NXDOMAIN from " + names.port() + ")");
    names.test.advance(4999ms);
    names.resolve("nosuch.example");
    CHECK(names.asked("nosuch.example") == 1);
    names.test.advance(1ms);
    names.resolve("nosuch.example");
    CHECK(names.asked("nosuch.example") == 2);
}

TEST_CASE("a name without addresses is not found") {
    Names names;
    names.tell_both("mail.example", {}, {});
    const auto resolved = names.resolve("mail.example");
    CHECK(resolved.fault == NameFault::not_found);
    CHECK(resolved.detail == "no such host (no address from " + names.port() + ")");
}

TEST_CASE("a server's failure is told, and asked again the next time") {
    Names names;
    names.tell_both("sick.example", {.code = 2}, {.code = 2});
    const auto resolved = names.resolve("sick.example");
    CHECK(resolved.fault == NameFault::failed);
    CHECK(resolved.detail == "name look-up failed (SERVFAIL from " + names.port() + ")");
    names.tell_both("sick.example", {.addresses = {"192.0.2.1"}}, {});
    CHECK(names.resolve("sick.example").fault == NameFault::none);
}

TEST_CASE("of several servers the next is asked when one fails") {
    Names names;
    DnsServer second(names.test.loop);
    names.tell_both("db.example", {.code = 2}, {.code = 2});
    second.tell("db.example", DnsType::a, {.addresses = {"192.0.2.1"}});
    second.tell("db.example", DnsType::aaaa, {});
    ResolverOptions options;
    options.servers = {names.server.address(), second.address()};
    Resolver resolver(names.test.loop, names.cache, options);
    CHECK(texts(names.test.run(resolver.resolve("db.example"))) == Texts{"192.0.2.1"});
    CHECK(names.asked("db.example") == 1);
    // c-ares 1.34 asks last whom it has seen fail: the order is that of a resolver that has asked nothing
    Resolver fresh(names.test.loop, names.cache, options);
    const auto missing = names.test.run(fresh.resolve("nosuch.example"));
    CHECK(missing.detail == "no such host (NXDOMAIN from " + names.port() + ")");
}

TEST_CASE("servers may be those of the system, or have IPv6 addresses and ports") {
    TestLoop test;
    NameCache cache;
    ResolverOptions options;
    CHECK_NOTHROW(Resolver(test.loop, cache, options));
    options.servers = {SocketAddress::parse("[2001:db8::53]:5353").value(),
                       {IpAddress::parse("192.0.2.53").value(), 0}};
    CHECK_NOTHROW(Resolver(test.loop, cache, options));
    CHECK(DnsChannel(test.loop, {.servers = options.servers}, 5s).servers() == "[2001:db8::53]:5353, 192.0.2.53");
}

TEST_CASE("a server that does not answer ends the look-up at its timeout") {
    Names names;
    names.tell_both("slow.example", {.silent = true}, {.silent = true});
    auto asking = names.test.start(names.resolver->resolve("slow.example"));
    CHECK(names.test.turn_until([&] { return names.asked("slow.example") == 1; }));
    names.test.advance(4999ms);
    CHECK_FALSE(asking.finished());
    names.test.advance(1ms);
    REQUIRE(asking.finished());
    const auto resolved = asking.take();
    CHECK(resolved.fault == NameFault::timed_out);
    CHECK(resolved.detail == "name servers did not answer within 5s (asked " + names.port() + ")");
    CHECK(names.resolver->pending() == 0);
}

TEST_CASE("an unanswered question is asked again before the timeout") {
    Names names;
    names.resolver = names.make(350ms);
    names.tell_both("lossy.example", {.silent = true}, {});
    auto asking = names.test.start(names.resolver->resolve("lossy.example"));
    // c-ares measures its patience by the machine's clock, so the test's follows that one here.
    auto last = std::chrono::steady_clock::now();
    CHECK(names.test.turn_until([&] {
        const auto now = std::chrono::steady_clock::now();
        names.test.clock.advance((now - std::exchange(last, now)) / 2);
        if (names.asked("lossy.example") >= 1)
            names.server.tell("lossy.example", DnsType::a, {.addresses = {"192.0.2.1"}});
        return asking.finished();
    }));
    CHECK(texts(asking.take()) == Texts{"192.0.2.1"});
    CHECK(names.asked("lossy.example") == 2);
}

TEST_CASE("a server that drops AAAA costs 50 ms, not the timeout") {
    Names names;
    names.tell_both("old.example", {.addresses = {"192.0.2.1"}}, {.silent = true});
    auto asking = names.test.start(names.resolver->resolve("old.example"));
    CHECK(names.test.turn_until([&] { return names.test.loop.armed_timers() > 0 && names.asked("old.example") == 1; }));
    for (int i = 0; i < 100; ++i) names.test.loop.turn(false);
    CHECK_FALSE(asking.finished());
    names.test.advance(50ms);
    REQUIRE(names.test.turn_until([&] { return asking.finished(); }));
    CHECK(texts(asking.take()) == Texts{"192.0.2.1"});
    // It goes on for the cache; whoever asks meanwhile is answered at once.
    CHECK(names.resolver->pending() == 1);
    CHECK(names.test.start(names.resolver->resolve("old.example")).finished());
    names.test.advance(5s);
    CHECK(names.resolver->pending() == 0);
}

TEST_CASE("an answer too long for UDP comes by TCP, in whatever pieces") {
    Names names;
    std::vector<std::string> many;
    for (int i = 1; i <= 60; ++i) many.push_back(fmt::format("192.0.2.{}", i));
    names.tell_both("many.example", {.addresses = many, .truncated = true}, {});
    const auto resolved = names.resolve("many.example");
    CHECK(names.server.asked_over_tcp() == 1);
    CHECK(resolved.addresses.size() == 32);
}

TEST_CASE("all who wait for a name share one query") {
    Names names;
    names.tell_both("db.example", {.addresses = {"192.0.2.1"}}, {});
    auto first = names.test.start(names.resolver->resolve("db.example"));
    auto second = names.test.start(names.resolver->resolve("DB.example"));
    CHECK(names.resolver->pending() == 1);
    CHECK(names.test.turn_until([&] { return first.finished() && second.finished(); }));
    CHECK(texts(second.take()) == Texts{"192.0.2.1"});
    CHECK(names.asked("db.example") == 1);
}

TEST_CASE("who is cancelled leaves the query, which goes on for the others and for the cache") {
    Names names;
    names.tell_both("db.example", {.addresses = {"192.0.2.1"}}, {});
    {
        auto only = names.test.start(names.resolver->resolve("db.example"));
        auto other = names.test.start(names.resolver->resolve("db.example"));
    }
    CHECK(names.resolver->pending() == 1);
    CHECK(names.settled());
    CHECK(names.test.start(names.resolver->resolve("db.example")).finished());
    CHECK(names.asked("db.example") == 1);
}

TEST_CASE("a resolver destroyed with queries under way tells those who wait and leaves nothing behind") {
    Names names;
    names.tell_both("slow.example", {.silent = true}, {.silent = true});
    const auto watched = names.test.loop.watched();
    auto asking = names.test.start(names.resolver->resolve("slow.example"));
    CHECK(names.test.turn_until([&] { return names.asked("slow.example") == 1; }));
    names.resolver.reset();
    names.test.loop.run_until_idle();
    REQUIRE(asking.finished());
    CHECK(asking.take().fault == NameFault::failed);
    CHECK(names.test.loop.armed_timers() == 0);
    CHECK(names.test.loop.watched() == watched);
}

TEST_CASE("what cannot be a host name is not asked for") {
    Names names;
    for (const auto& name : {std::string(), std::string("."), std::string("a..b"), std::string("a b"),
                             std::string("a\\.b"), std::string("a\0b", 3), std::string(64, 'a') + ".example",
                             std::string(300, 'a'), std::string(100'000, '.'), std::string("hidden.onion")}) {
        INFO(name.substr(0, 80));
        auto asking = names.test.start(names.resolver->resolve(name));
        REQUIRE(asking.finished());
        CHECK(asking.take().fault == NameFault::not_found);
    }
    CHECK(names.resolver->pending() == 0);
}

TEST_CASE("the hosts file is asked first: both families, several names and lines, any case, comments") {
    Names names;
    names.hosts.write(
        "# comment\n"
        "192.0.2.1\tDB.example  db # the old one\n"
        "2001:db8::1 db.example\r\n"
        "192.0.2.2 db.example db.example\n"
        "fe80::1%eth0 scoped\n"
        "nonsense other.example\n"
        "192.0.2.9 last");
    CHECK(texts(names.resolve("db.EXAMPLE")) == Texts{"2001:db8::1", "192.0.2.1", "192.0.2.2"});
    CHECK(texts(names.resolve("db")) == Texts{"192.0.2.1"});
    CHECK(texts(names.resolve("scoped")) == Texts{"fe80::1"});
    CHECK(texts(names.resolve("last")) == Texts{"192.0.2.9"});
    CHECK(names.asked("db.example") == 0);
    CHECK(names.resolve("other.example").fault == NameFault::not_found);
}

TEST_CASE("a changed hosts file counts within a second, and one that is gone has no names") {
    Names names;
    names.hosts.write("192.0.2.1 db.example\n");
    CHECK(texts(names.resolve("db.example")) == Texts{"192.0.2.1"});
    names.hosts.write("192.0.2.22 db.example\n");
    CHECK(texts(names.resolve("db.example")) == Texts{"192.0.2.1"});
    names.test.advance(1s);
    CHECK(texts(names.resolve("db.example")) == Texts{"192.0.2.22"});
    ::unlink(names.hosts.path().c_str());
    names.test.advance(1s);
    CHECK(names.resolve("db.example").fault == NameFault::not_found);
}

TEST_CASE("localhost is the loopback interface unless the hosts file says otherwise") {
    Names names;
    CHECK(texts(names.resolve("localhost")) == Texts{"::1", "127.0.0.1"});
    CHECK(texts(names.resolve("App.LocalHost")) == Texts{"::1", "127.0.0.1"});
    names.hosts.write("127.0.0.5 localhost\n");
    names.test.advance(1s);
    CHECK(texts(names.resolve("localhost")) == Texts{"127.0.0.5"});
    CHECK(names.asked("localhost") == 0);
}

namespace {

std::vector<std::string> asked_for(const std::string& conf, const std::string& name) {
    return parse_resolv_conf(conf).names_for(name);
}

}  // namespace

TEST_CASE("resolv.conf is read as glibc reads it") {
    const auto found = parse_resolv_conf(
        "# a comment\n; another\nnameserver 192.0.2.1\nnameserver 2001:db8::1%eth0\nnameserver no-address\n"
        "domain first.example\nsearch Corp.Example. lab.example\nnonsense x\n"
        "options ndots:2 timeout:3 attempts:9 rotate use-vc edns0 trust-ad\n");
    REQUIRE(found.servers.size() == 2);
    CHECK(found.servers[0].text() == "192.0.2.1:53");
    CHECK(found.servers[1].text() == "[2001:db8::1]:53");
    CHECK(found.search == Texts{"corp.example", "lab.example"});
    CHECK(found.ndots == 2);
    CHECK(found.timeout == Duration(3s));
    CHECK(found.attempts == 5U);
    CHECK((found.rotate && found.tcp && found.edns));
    CHECK(parse_resolv_conf("nameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\nnameserver 1.1.1.4")
              .servers.size() == 3);
}

TEST_CASE("an empty resolv.conf means the server of this machine, and its domain") {
    CHECK(parse_resolv_conf("").servers.front().text() == "127.0.0.1:53");
    CHECK(parse_resolv_conf("", "host.corp.example").search == Texts{"corp.example"});
    CHECK(parse_resolv_conf("", "host").search.empty());
    CHECK(parse_resolv_conf("search\n", "host.corp.example").search.empty());
}

TEST_CASE("names are looked for in the domains of search, those with dots as they are first") {
    CHECK(asked_for("", "wiki") == Texts{"wiki"});
    CHECK(asked_for("search a.example b.example", "wiki") == Texts{"wiki.a.example", "wiki.b.example", "wiki"});
    CHECK(asked_for("search a.example", "x.test") == Texts{"x.test", "x.test.a.example"});
    CHECK(asked_for("search a.example\noptions ndots:2", "x.test") == Texts{"x.test.a.example", "x.test"});
    CHECK(asked_for("search a.example", std::string(250, 'x')) == Texts{std::string(250, 'x')});
}

TEST_CASE("a resolver that is given other servers asks those, and forgets what the old ones said") {
    Names names;
    DnsServer other(names.test.loop);
    names.tell_both("db.example", {.addresses = {"192.0.2.1"}}, {});
    other.tell("db.example", DnsType::a, {.addresses = {"192.0.2.2"}});
    other.tell("db.example", DnsType::aaaa, {});
    CHECK(texts(names.resolve("db.example")) == Texts{"192.0.2.1"});
    ResolverOptions options;
    options.servers = {other.address()};
    options.hosts = names.hosts.path();
    names.resolver->use(options);
    CHECK(texts(names.resolve("db.example")) == Texts{"192.0.2.2"});
    options.servers = {names.server.address()};
    names.resolver->use(options);
    CHECK(texts(names.resolve("db.example")) == Texts{"192.0.2.1"});
    CHECK(names.asked("db.example") == 1);  // remembered, for these servers
}

TEST_CASE("a look-up ends with the servers that it began with") {
    Names names;
    DnsServer other(names.test.loop);
    names.server.tell("slow.example", DnsType::a, {.silent = true});
    names.server.tell("slow.example", DnsType::aaaa, {.silent = true});
    auto asking = names.test.start(names.resolver->resolve("slow.example"));
    REQUIRE(names.test.turn_until([&] { return names.asked("slow.example") > 0; }));
    ResolverOptions options;
    options.servers = {other.address()};
    names.resolver->use(options);
    names.test.advance(5s);
    REQUIRE(asking.finished());
    const auto resolved = asking.take();
    CHECK(resolved.fault == NameFault::timed_out);
    CHECK(resolved.detail.find(names.port()) != std::string::npos);
    CHECK(other.asked("slow.example", DnsType::a) == 0);
}
