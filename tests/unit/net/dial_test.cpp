#include "net/dial.h"

#include "tests/support/sockets.h"
#include "tests/support/test_loop.h"

using namespace bascule;
using namespace bascule::net;
using namespace bascule::test;
using namespace std::chrono_literals;

namespace {

/// A listener whose queue is full: it drops what more comes, so that a connection to it neither succeeds nor fails.
class BlackHole {
  public:
    explicit BlackHole(TestLoop& test)
        : socket_(listen_on(any_port("127.0.0.1"), {.reuse_port = false, .backlog = 0})), filler_(fill(test)) {}
    SocketAddress address() const { return local_address(socket_.get()); }

  private:
    std::unique_ptr<TcpStream> fill(TestLoop& test) {
        auto outcome = test.run(dial(test.loop, {address()}, {}));
        return std::move(std::get<Dialed>(outcome).stream);
    }
    UniqueFd socket_;
    std::unique_ptr<TcpStream> filler_;
};

using Outcome = std::variant<Dialed, DialFailure>;

}  // namespace

TEST_CASE("dialling connects and says to which address") {
    TestLoop test;
    for (const auto* ip : {"127.0.0.1", "::1"}) {
        const UniqueFd listener = listen_on(any_port(ip), {.reuse_port = false});
        const auto address = local_address(listener.get());
        auto outcome = test.run(dial(test.loop, {address}, {}));
        REQUIRE(std::holds_alternative<Dialed>(outcome));
        auto& dialed = std::get<Dialed>(outcome);
        CHECK(dialed.address == address);
        CHECK(peer_address(dialed.stream->fd()) == address);
        dialed.stream->push(as_bytes("hello"));
        Listener there(test.loop, UniqueFd(::dup(listener.get())));
        auto accepted = test.run(there.accept());
        TcpStream server(test.loop, std::move(std::get<Accepted>(accepted).socket));
        CHECK(test.run(read_exactly(server, 5)) == "hello");
        server.push(as_bytes("welcome"));
        CHECK(test.run(read_exactly(*dialed.stream, 7)) == "welcome");
    }
}

TEST_CASE("a port where nothing listens refuses") {
    TestLoop test;
    const SilentPort silent("127.0.0.1");
    const auto outcome = test.run(dial(test.loop, {silent.address()}, {}));
    REQUIRE(std::holds_alternative<DialFailure>(outcome));
    const auto& failure = std::get<DialFailure>(outcome);
    CHECK(failure.kind == DialFailure::Kind::refused);
    CHECK(failure.code == ECONNREFUSED);
    CHECK(failure.detail == silent.address().text() + ": connection refused; nothing listens there");
}

TEST_CASE("the next address is tried at once when one has failed") {
    TestLoop test;
    const SilentPort silent("127.0.0.2");
    const UniqueFd listener = listen_on(any_port("127.0.0.3"), {.reuse_port = false});
    const auto good = local_address(listener.get());
    // The clock stands still: nothing here waited for the delay between attempts.
    const auto outcome = test.run(dial(test.loop, {silent.address(), good}, {}));
    REQUIRE(std::holds_alternative<Dialed>(outcome));
    CHECK(std::get<Dialed>(outcome).address == good);
    CHECK(test.loop.armed_timers() == 0);
    CHECK(test.loop.watched() == 1);
}

TEST_CASE("where all have failed the detail counts them") {
    TestLoop test;
    const SilentPort first("127.0.0.2");
    const SilentPort second("127.0.0.3");
    const auto outcome = test.run(dial(test.loop, {first.address(), second.address()}, {}));
    REQUIRE(std::holds_alternative<DialFailure>(outcome));
    CHECK(std::get<DialFailure>(outcome).detail ==
          first.address().text() + ": connection refused; nothing listens there (tried 2 of 2 addresses)");
    CHECK(test.loop.watched() == 0);
}

TEST_CASE("a refusal says more than an unreachable network") {
    TestLoop test;
    const SilentPort silent("127.0.0.1");
    const SocketAddress nowhere{IpAddress::parse("255.255.255.255").value(), 9};
    const auto alone = test.run(dial(test.loop, {nowhere}, {}));
    REQUIRE(std::holds_alternative<DialFailure>(alone));
    CHECK(std::get<DialFailure>(alone).kind == DialFailure::Kind::unreachable);
    const auto both = test.run(dial(test.loop, {nowhere, silent.address()}, {}));
    REQUIRE(std::holds_alternative<DialFailure>(both));
    CHECK(std::get<DialFailure>(both).kind == DialFailure::Kind::refused);
}

TEST_CASE("an address that does not answer is overtaken by the next after the delay") {
    TestLoop test;
    const BlackHole hole(test);
    const UniqueFd listener = listen_on(any_port("127.0.0.3"), {.reuse_port = false});
    const auto good = local_address(listener.get());
    auto dialing = test.start(dial(test.loop, {hole.address(), good}, {}));
    test.advance(249ms);
    CHECK_FALSE(dialing.finished());
    test.advance(1ms);
    REQUIRE(test.turn_until([&] { return dialing.finished(); }));
    const auto outcome = dialing.take();
    REQUIRE(std::holds_alternative<Dialed>(outcome));
    CHECK(std::get<Dialed>(outcome).address == good);
    CHECK(test.loop.armed_timers() == 0);
}

TEST_CASE("the attempts that lost are closed") {
    TestLoop test;
    const BlackHole hole(test);
    const auto before = test.loop.watched();
    const UniqueFd listener = listen_on(any_port("127.0.0.3"), {.reuse_port = false});
    auto dialing = test.start(dial(test.loop, {hole.address(), local_address(listener.get())}, {}));
    test.advance(250ms);
    REQUIRE(test.turn_until([&] { return dialing.finished(); }));
    const auto outcome = dialing.take();
    CHECK(test.loop.watched() == before + 1);
}

TEST_CASE("cancelling a dial closes every attempt and leaves no timer") {
    TestLoop test;
    const BlackHole hole(test);
    const auto before = test.loop.watched();
    auto dialing = test.start(dial(test.loop, {hole.address(), hole.address(), hole.address()}, {}));
    test.advance(250ms);
    test.advance(250ms);
    CHECK(test.loop.watched() == before + 3);
    dialing.cancel();
    CHECK(test.loop.watched() == before);
    CHECK(test.loop.armed_timers() == 0);
}

TEST_CASE("a dial comes from the address it is bound to, and skips those of the other family") {
    TestLoop test;
    const UniqueFd listener = listen_on(any_port("127.0.0.1"), {.reuse_port = false});
    const auto good = local_address(listener.get());
    DialOptions options;
    options.bind = IpAddress::parse("127.0.0.9");
    const SocketAddress six{IpAddress::parse("::1").value(), good.port};
    const auto outcome = test.run(dial(test.loop, {six, good}, options));
    REQUIRE(std::holds_alternative<Dialed>(outcome));
    CHECK(local_address(std::get<Dialed>(outcome).stream->fd()).ip == *options.bind);

    const auto none = test.run(dial(test.loop, {six}, options));
    REQUIRE(std::holds_alternative<DialFailure>(none));
    CHECK(std::get<DialFailure>(none).kind == DialFailure::Kind::unreachable);
    CHECK(std::get<DialFailure>(none).detail.find("127.0.0.9") != std::string::npos);
}

TEST_CASE("a source address that is not ours is told as such") {
    TestLoop test;
    DialOptions options;
    options.bind = IpAddress::parse("192.0.2.1");
    const auto outcome = test.run(dial(test.loop, {{IpAddress::parse("127.0.0.1").value(), 9}}, options));
    REQUIRE(std::holds_alternative<DialFailure>(outcome));
    CHECK(std::get<DialFailure>(outcome).code == EADDRNOTAVAIL);
    CHECK(std::get<DialFailure>(outcome).detail ==
          "127.0.0.1:9: cannot connect from 192.0.2.1: Cannot assign requested address");
}

TEST_CASE("no address at all is a failure, not a crash") {
    TestLoop test;
    const auto outcome = test.run(dial(test.loop, {}, {}));
    CHECK(std::holds_alternative<DialFailure>(outcome));
}
