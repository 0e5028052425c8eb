#include "net/listener.h"

#include "net/dial.h"
#include "tests/support/fd_limit.h"
#include "tests/support/sockets.h"
#include "tests/support/test_loop.h"

#include <netinet/in.h>

using namespace bascule;
using namespace bascule::net;
using namespace bascule::test;

namespace {

UniqueFd connect_to(const SocketAddress& address) {
    const SockAddr name(address);
    UniqueFd fd(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), name.raw(), name.size()) != 0) throw Error("connect: {}", errno_text(errno));
    return fd;
}

}  // namespace

TEST_CASE("a listener hands out every connection of one edge") {
    TestLoop test;
    Listener listener(test.loop, listen_on(any_port("127.0.0.1"), {}));
    auto first = test.start(listener.accept());
    test.loop.run_until_idle();
    CHECK_FALSE(first.finished());
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(connect_to(listener.address()));
    REQUIRE(test.turn_until([&] { return first.finished(); }));
    std::vector<SocketAddress> peers{std::get<Accepted>(first.take()).peer};
    for (int i = 0; i < 2; ++i) peers.push_back(std::get<Accepted>(test.run(listener.accept())).peer);
    for (std::size_t i = 0; i < 3; ++i) CHECK(peers[i] == local_address(clients[i].get()));
}

TEST_CASE("an accepted socket does not block and is not inherited") {
    TestLoop test;
    Listener listener(test.loop, listen_on(any_port("127.0.0.1"), {}));
    const UniqueFd client = connect_to(listener.address());
    const auto accepted = test.run(listener.accept());
    const int fd = std::get<Accepted>(accepted).socket.get();
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("running out of descriptors is told, and accepting goes on when there are some again") {
    TestLoop test;
    Listener listener(test.loop, listen_on(any_port("127.0.0.1"), {}));
    const UniqueFd before = connect_to(listener.address());
    REQUIRE(std::holds_alternative<Accepted>(test.run(listener.accept())));
    const UniqueFd client = connect_to(listener.address());
    int code = 0;
    {
        const NoMoreDescriptors lowered;
        const auto outcome = test.run(listener.accept());
        if (const auto* exhausted = std::get_if<AcceptExhausted>(&outcome)) code = exhausted->code;
    }
    CHECK(code == EMFILE);
    const auto outcome = test.run(listener.accept());
    CHECK(std::holds_alternative<Accepted>(outcome));
}

TEST_CASE("a dial that gets no descriptor says so") {
    TestLoop test;
    const SilentPort silent("127.0.0.1");
    const auto before = test.run(dial(test.loop, {silent.address()}, {}));
    CHECK(std::get<DialFailure>(before).kind == DialFailure::Kind::refused);
    std::optional<std::variant<Dialed, DialFailure>> outcome;
    {
        const NoMoreDescriptors lowered;
        outcome = test.run(dial(test.loop, {silent.address()}, {}));
    }
    REQUIRE(std::holds_alternative<DialFailure>(*outcome));
    CHECK(std::get<DialFailure>(*outcome).kind == DialFailure::Kind::no_resources);
    CHECK(std::get<DialFailure>(*outcome).code == EMFILE);
}

TEST_CASE("an accept can be cancelled, and a destroyed listener is not watched") {
    TestLoop test;
    const auto before = test.loop.watched();
    {
        Listener listener(test.loop, listen_on(any_port("127.0.0.1"), {}));
        {
            auto accepting = test.start(listener.accept());
            test.loop.run_until_idle();
        }
        const UniqueFd client = connect_to(listener.address());
        test.loop.run_until_idle();
        CHECK(std::holds_alternative<Accepted>(test.run(listener.accept())));
    }
    CHECK(test.loop.watched() == before);
}

TEST_CASE("an address in use is an error whose code says so") {
    const UniqueFd first = listen_on(any_port("127.0.0.1"), {.reuse_port = false});
    std::error_code code;
    try {
        listen_on(local_address(first.get()), {.reuse_port = false});
    } catch (const std::system_error& error) {
        code = error.code();
    }
    CHECK(code == std::errc::address_in_use);
}

TEST_CASE("workers can listen on the same port") {
    const UniqueFd first = listen_on(any_port("127.0.0.1"), {});
    CHECK_NOTHROW(listen_on(local_address(first.get()), {}));
}

TEST_CASE("a listener on [::] takes IPv4, and both see an IPv4 client as IPv4") {
    TestLoop test;
    Listener listener(test.loop, listen_on(any_port("::"), {}));
    const SocketAddress meant{IpAddress::parse("127.0.0.2").value(), listener.address().port};
    const UniqueFd client = connect_to(meant);
    const auto outcome = test.run(listener.accept());
    const auto& accepted = std::get<Accepted>(outcome);
    CHECK(accepted.peer == local_address(client.get()));
    CHECK(accepted.peer.ip.is_v4());
    CHECK(original_destination(accepted.socket.get()) == meant);
}

TEST_CASE("without netfilter the original destination is the address that was connected to") {
    TestLoop test;
    for (const auto* ip : {"127.0.0.1", "::1"}) {
        Listener listener(test.loop, listen_on(any_port(ip), {}));
        const UniqueFd client = connect_to(listener.address());
        const auto outcome = test.run(listener.accept());
        CHECK(original_destination(std::get<Accepted>(outcome).socket.get()) == listener.address());
    }
}

TEST_CASE("what is not a socket has no original destination") {
    const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    CHECK_FALSE(original_destination(file.get()));
}
