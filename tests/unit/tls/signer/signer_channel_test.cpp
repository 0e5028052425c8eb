#include "tls/signer/signer_channel.h"

#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/sockets.h"
#include "tests/support/test_loop.h"
#include "tls/leaf/leaf.h"
#include "tls/signer/create_authority.h"
#include "tls/signer/signer_control.h"
#include "tls/signer/signing_service.h"

#include <sys/socket.h>

#include <csignal>
#include <thread>

using namespace bascule;
using namespace bascule::tls;
using namespace std::chrono_literals;
using test::Contains;

namespace {

std::pair<UniqueFd, UniqueFd> socket_pair() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    test::make_non_blocking(ends[0]);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// A signer on a thread of its own, that serves one line until it is closed.
class Served {
  public:
    Served(SigningService& service, UniqueFd socket, SigningService::From from)
        : thread_([&service, from, socket = std::move(socket)] {
              signing::Inbox inbox;
              std::array<std::uint8_t, 4096> buffer;
              for (ssize_t size = 0; (size = ::read(socket.get(), buffer.data(), buffer.size())) > 0;) {
                  inbox.add(ByteView(buffer).first(static_cast<std::size_t>(size)));
                  while (const auto message = inbox.next()) {
                      const auto answer = service.answer(*message, from);
                      ::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
                  }
              }
          }) {}

  private:
    std::jthread thread_;
};

/// A CA loaded over a control line, and a worker's line to the same service.
struct World {
    World() {
        const auto made = create_authority({.common_name = "Our CA"});
        certificate = directory.write("ca.crt", made.certificate_pem);
        key = directory.write("ca.key", made.key_pem);
        auto [our, their] = socket_pair();
        control = std::make_shared<SignerControl>(std::move(our));
        serving = std::make_unique<Served>(service, std::move(their), SigningService::From::control);
    }
    ~World() {
        ::shutdown(control->fd(), SHUT_RDWR);
        serving.reset();
    }
    std::shared_ptr<const Authority> load() { return control->load(certificate, key, 24h * 30); }

    test::TemporaryDirectory directory;
    std::string certificate;
    std::string key;
    SigningService service;
    std::shared_ptr<SignerControl> control;
    std::unique_ptr<Served> serving;
};

LeafRequest request_to(const std::shared_ptr<const Authority>& authority) {
    test::CertificateSpec spec;
    spec.names = {"app.example"};
    static const auto origin = test::issue(spec);
    LeafRequest request;
    request.authority = authority;
    request.origin = origin.x509();
    request.server_name = "app.example";
    request.lifetime = 24h * 30;
    return request;
}

std::shared_ptr<const Leaf> forge(test::TestLoop& test, const std::shared_ptr<const Authority>& authority) {
    const auto request = request_to(authority);
    return test.run(forge_leaf(request));
}

std::string failure_of(test::Probe<Bytes>& probe) {
    try {
        probe.take();
    } catch (const Error& error) {
        return error.what();
    }
    return "no failure";
}

}  // namespace

TEST_CASE("a leaf is signed over the lines, and the authority here has no key (D4)") {
    World world;
    const auto authority = world.load();
    CHECK(authority->subject() == "CN=Our CA");
    test::TestLoop test;
    auto [our, their] = socket_pair();
    const Served served(world.service, std::move(their), SigningService::From::worker);
    const SignerChannel channel(test.loop, std::move(our));
    const auto leaf = forge(test, authority);
    CHECK(X509_verify(leaf->certificate.get(), X509_get0_pubkey(authority->certificate())) == 1);
    CHECK(channel.waiting() == 0);
}

TEST_CASE("thousands of requests are under way at once, and each gets its own answer") {
    World world;
    const auto authority = world.load();
    test::TestLoop test;
    auto [our, their] = socket_pair();
    std::optional<Served> served;  // ends after the channel has
    SignerChannel channel(test.loop, std::move(our));
    constexpr int count = 3000;
    std::vector<std::unique_ptr<test::Probe<Bytes>>> probes;
    for (int i = 0; i < count; ++i) {
        probes.push_back(
            std::make_unique<test::Probe<Bytes>>(channel.sign(1, Bytes(static_cast<std::size_t>(i % 700), 1))));
    }
    CHECK(channel.waiting() == count);
    for (int i = 0; i < count; i += 3) probes[static_cast<std::size_t>(i)]->cancel();
    CHECK(channel.waiting() == count - count / 3);
    served.emplace(world.service, std::move(their), SigningService::From::worker);
    REQUIRE(test.turn_until([&] { return channel.waiting() == 0; }));
    for (int i = 0; i < count; ++i) {
        if (i % 3 != 0) CHECK_THAT(failure_of(*probes[static_cast<std::size_t>(i)]), Contains("the signer refuses"));
    }
}

TEST_CASE("connections that need the same leaf at once have it forged once; the next one tries where that fails") {
    World world;
    const auto authority = world.load();
    test::TestLoop test;
    auto [our, their] = socket_pair();
    std::optional<Served> served;
    SignerChannel channel(test.loop, std::move(our));
    LeafCache cache;
    auto request = request_to(authority);
    request.loop = &test.loop;
    auto first = test.start(cache.get(request));
    auto second = test.start(cache.get(request));
    auto third = test.start(cache.get(request));
    CHECK(channel.waiting() == 1);
    first.cancel();
    CHECK(channel.waiting() == 0);
    test.loop.run_until_idle();
    CHECK(channel.waiting() == 1);
    served.emplace(world.service, std::move(their), SigningService::From::worker);
    REQUIRE(test.turn_until([&] { return second.finished() && third.finished(); }));
    CHECK(second.take() == third.take());
}

TEST_CASE("more than can be served is told as busy") {
    test::TestLoop test;
    auto [our, their] = socket_pair();
    SignerChannel channel(test.loop, std::move(our));
    const Bytes large(1_MiB - 100, 1);
    std::vector<std::unique_ptr<test::Probe<Bytes>>> probes;
    for (int i = 0; i < 70; ++i) probes.push_back(std::make_unique<test::Probe<Bytes>>(channel.sign(1, large)));
    REQUIRE(probes.back()->finished());
    CHECK_THROWS_AS(probes.back()->take(), SignerBusy);
    CHECK_FALSE(probes.front()->finished());
}

TEST_CASE("when the signer dies, requests under way and later ones fail") {
    test::TestLoop test;
    auto [our, their] = socket_pair();
    SignerChannel channel(test.loop, std::move(our));
    auto under_way = test.start(channel.sign(1, Bytes(100, 1)));
    their.reset();
    REQUIRE(test.turn_until([&] { return under_way.finished(); }));
    CHECK(failure_of(under_way) == "the signer process is gone");
    auto later = test.start(channel.sign(1, Bytes(100, 1)));
    REQUIRE(later.finished());
    CHECK(failure_of(later) == "the signer process is gone");
}

TEST_CASE("what is no frame of ours ends the line") {
    test::TestLoop test;
    auto [our, their] = socket_pair();
    SignerChannel channel(test.loop, std::move(our));
    auto under_way = test.start(channel.sign(1, Bytes(100, 1)));
    REQUIRE(::send(their.get(), "\xff\xff\xff\xff", 4, 0) == 4);
    REQUIRE(test.turn_until([&] { return under_way.finished(); }));
    CHECK_THAT(failure_of(under_way), Contains("is none of ours"));
}

TEST_CASE("an authority that is no longer used is released (D7)") {
    World world;
    auto first = world.load();
    const auto second = world.load();
    first.reset();
    CHECK(world.load()->fingerprint() == second->fingerprint());
    CHECK(world.service.authorities() == 1);
}

TEST_CASE("a thread without a line cannot have anything signed") {
    World world;
    const auto authority = world.load();
    test::TestLoop test;
    CHECK_THROWS_WITH(forge(test, authority), Contains("no line to the signer"));
}

TEST_CASE("a load fails with the file at fault, or because nobody is there") {
    World world;
    try {
        world.control->load("/nowhere/ca.crt", world.key, 24h);
        FAIL("loaded");
    } catch (const AuthorityError& error) {
        CHECK(error.file == AuthorityError::File::certificate);
        CHECK(error.what() ==
              std::string("/nowhere/ca.crt: No such file; create one with: bascule ca create --directory /nowhere"));
    }
    auto [our, their] = socket_pair();
    their.reset();
    std::signal(SIGPIPE, SIG_IGN);
    const auto alone = std::make_shared<SignerControl>(std::move(our));
    CHECK_THROWS_WITH(alone->load("a", "b", 24h), Contains("the signer process is gone"));
}
