#include "net/task/nursery.h"
#include "proxy/connection.h"
#include "tests/support/catch.h"
#include "tests/support/sockets.h"
#include "tests/support/test_loop.h"
#include "tls/signer/create_authority.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

using namespace bascule;

namespace {

void ignore(void*, std::string_view) {}

/// One worker's worth of the proxy, whose connections are counted: a client's socket, and what is pending for it.
class World {
  public:
    explicit World(const std::string& further, std::vector<SocketAddress> name_servers = {})
        : resolver_(test_.loop, names_, {.servers = std::move(name_servers), .timeout = std::chrono::seconds(30)}) {
        std::filesystem::create_directory(folder_);
        const auto ca = tls::create_authority({.common_name = "Test CA"});
        write("ca.crt", ca.certificate_pem);
        write("ca.key", ca.key_pem);
        auto loaded =
            config::parse(fmt::format("ca: {{certificate: ca.crt, key: ca.key, leaf: {{key: ecdsa-p256}}}}\n"
                                      "listeners: [{{address: \"127.0.0.1:8080\"}}]\nupstream: {{trust: [ca.crt]}}\n{}",
                                      further),
                          folder_ + "/bascule.yaml");
        REQUIRE(loaded.config);
        auto built = proxy::Policy::build(std::move(*loaded.config));
        REQUIRE(built.policy);
        services_.policy = built.policy;
        before_ = loop().watched();
    }
    ~World() {
        connections_.cancel_all();
        std::filesystem::remove_all(folder_);
    }

    net::EventLoop& loop() { return test_.loop; }

    /// A client that has asked, and gets no answer yet.
    UniqueFd ask(const std::string& request) {
        auto [client, accepted] = test::connected_sockets();
        REQUIRE(::send(client.get(), request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
        auto entry = std::make_shared<const config::Listener>(services_.policy->config().listeners.front());
        const auto peer = net::peer_address(accepted.get());
        connections_.spawn(proxy::handle_connection(services_, entry, {std::move(accepted), peer}, *count_.enter(10)));
        return std::move(client);
    }
    /// So many descriptors are waited for on behalf of the connection: the client's, and the origin's.
    bool reaches(std::size_t descriptors) {
        return test_.turn_until([&] { return loop().watched() == before_ + descriptors; });
    }
    void one_turn() { loop().turn(false); }

    std::size_t connections() const { return connections_.size(); }
    std::size_t descriptors() { return loop().watched() - before_; }

  private:
    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ + "/" + name) << text;
        ::chmod((folder_ + "/" + name).c_str(), 0600);
    }

    std::string folder_ = [] {
        std::string pattern = (std::filesystem::temp_directory_path() / "bascule-gone-XXXXXX").string();
        return std::string(::mkdtemp(pattern.data()));
    }();
    test::TestLoop test_;
    inspect::Log log_{{.level = inspect::Level::error, .format = inspect::Format::text, .output = "/dev/null"}};
    inspect::ContentWriter content_{1 << 16, ignore, nullptr};
    tls::LeafCache leaves_;
    proxy::ConnectionCount count_;
    net::NameCache names_;
    net::Resolver resolver_;
    net::Event drain_{test_.loop};
    tls::ClientLegContexts client_leg_{nullptr};
    tls::SessionCache sessions_;
    inspect::KeyLog keys_{[](void*, std::string_view) {}, nullptr};
    inspect::HarLog har_{"test", [](void*, std::string_view) {}, nullptr};
    proxy::Shared shared_{log_, content_, keys_, har_, leaves_, client_leg_, sessions_, count_, {}};
    proxy::Services services_{shared_, test_.loop, resolver_, nullptr, drain_};
    net::Nursery connections_{test_.loop};
    std::size_t before_ = 0;
};

/// An origin that accepts and says nothing: the kernel does that for a listener nobody serves.
struct SilentOrigin {
    UniqueFd listener = net::listen_on(test::any_port("127.0.0.1"), {.reuse_port = false});
    std::string target() const { return net::local_address(listener.get()).text(); }
};

/// One that does not even accept: its backlog is full.
struct FullOrigin {
    UniqueFd listener = net::listen_on(test::any_port("127.0.0.1"), {.reuse_port = false, .backlog = 0});
    std::vector<UniqueFd> waiting;
    FullOrigin() {
        const net::SockAddr name(net::local_address(listener.get()));
        for (int i = 0; i < 4; ++i) {
            waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            ::connect(waiting.back().get(), name.raw(), name.size());
        }
    }
    std::string target() const { return net::local_address(listener.get()).text(); }
};

/// Takes questions and never answers.
struct SilentNameServer {
    UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    SilentNameServer() {
        const net::SockAddr name(test::any_port("127.0.0.1"));
        REQUIRE(::bind(socket.get(), name.raw(), name.size()) == 0);
    }
    SocketAddress address() const { return net::local_address(socket.get()); }
};

std::string connect_request(const std::string& target) {
    return fmt::format("CONNECT {} HTTP/1.1\r\nHost: {}\r\n\r\n", target, target);
}

}  // namespace

TEST_CASE("a client that closes while we connect takes the connection attempt with it, in one turn") {
    World world("");
    const FullOrigin origin;
    auto client = world.ask(connect_request(origin.target()));
    REQUIRE(world.reaches(2));
    client.reset();
    world.one_turn();
    CHECK(world.connections() == 0);
    CHECK(world.descriptors() == 0);
    CHECK(world.loop().armed_timers() == 0);
}

TEST_CASE("a client that resets while we connect does so too") {
    World world("");
    const FullOrigin origin;
    auto client = world.ask(connect_request(origin.target()));
    REQUIRE(world.reaches(2));
    test::reset_socket(std::move(client));
    world.one_turn();
    CHECK(world.connections() == 0);
    CHECK(world.descriptors() == 0);
}

TEST_CASE("a client that closes while a name is resolved leaves nothing pending but the query for the cache") {
    const SilentNameServer server;
    World world("resolver: {timeout: 30s}\n", {server.address()});
    auto client = world.ask(connect_request("never.example:443"));
    REQUIRE(world.reaches(1));
    for (int turn = 0; turn < 3; ++turn) world.one_turn();
    CHECK(world.connections() == 1);
    client.reset();
    world.one_turn();
    CHECK(world.connections() == 0);
    CHECK(world.descriptors() == 0);
}

TEST_CASE("with client_gone: finish the attempt goes on") {
    World world("cancellation: {client_gone: finish}\n");
    const FullOrigin origin;
    auto client = world.ask(connect_request(origin.target()));
    REQUIRE(world.reaches(2));
    client.reset();
    for (int turn = 0; turn < 3; ++turn) world.one_turn();
    CHECK(world.connections() == 1);
    CHECK(world.descriptors() == 2);
}
