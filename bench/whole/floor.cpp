// The floor that the proxies are compared with: the least that intercepts at all. A thread per connection, OpenSSL as
// it comes, one buffer of 16 KiB; forges a leaf per name and verifies the origin. No rules, no records, no deadlines.
#include "bench/whole/tls.h"
#include "bench/whole/workers.h"

#include <CLI/CLI.hpp>
#include <openssl/err.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <cstdio>

using namespace bascule;
using namespace bascule::bench;

namespace {

struct Floor {
    std::uint16_t origin = 0;
    tls::ContextHandle server, client;  ///< none: octets are passed on as they are
};

/// False at the end of this direction.
bool pass_plain(int from, int to) {
    thread_local std::array<char, 65536> octets;
    const auto got = ::read(from, octets.data(), octets.size());
    for (ssize_t sent = 0; sent < got;) {
        const auto taken = ::send(to, octets.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
        if (taken < 0) return false;
        sent += taken;
    }
    return got > 0;
}

bool write_all(SSL* to, const char* octets, int size) {
    for (int sent = 0; sent < size;) {
        const int taken = SSL_write(to, octets + sent, size - sent);
        if (taken > 0) {
            sent += taken;
            continue;
        }
        if (SSL_get_error(to, taken) != SSL_ERROR_WANT_WRITE) return false;
        wait_for(SSL_get_fd(to), POLLOUT);
    }
    return true;
}

bool pass_decrypted(SSL* from, SSL* to) {
    thread_local std::array<char, 16384> octets;
    do {
        const int got = SSL_read(from, octets.data(), static_cast<int>(octets.size()));
        if (got <= 0) return SSL_get_error(from, got) == SSL_ERROR_WANT_READ;
        if (!write_all(to, octets.data(), got)) return false;
    } while (SSL_has_pending(from) != 0);
    return true;
}

template <class Pass>
void relay(int first, int second, Pass pass) {
    std::array<pollfd, 2> both{{{first, POLLIN, 0}, {second, POLLIN, 0}}};
    while (::poll(both.data(), both.size(), -1) > 0) {
        if (both[0].revents != 0 && !pass(true)) return;
        if (both[1].revents != 0 && !pass(false)) return;
    }
}

void intercept(const Floor& floor, UniqueFd socket) {
    const auto client = Channel::accept(floor.server.get(), std::move(socket));
    const std::string name = SSL_get_servername(client->ssl(), TLSEXT_NAMETYPE_host_name);
    const auto origin = Channel::connect(floor.client.get(), connect_to(floor.origin), name);
    check(X509_check_host(SSL_get0_peer_certificate(origin->ssl()), name.c_str(), name.size(), 0, nullptr) == 1,
          "name");
    relay(client->socket(), origin->socket(), [&](bool up) {
        return up ? pass_decrypted(client->ssl(), origin->ssl()) : pass_decrypted(origin->ssl(), client->ssl());
    });
}

void pass_through(const Floor& floor, const UniqueFd& client) {
    const auto origin = connect_to(floor.origin);
    relay(client.get(), origin.get(), [&](bool up) {
        return up ? pass_plain(client.get(), origin.get()) : pass_plain(origin.get(), client.get());
    });
}

void serve(const Floor& floor, UniqueFd socket) {
    try {
        floor.server ? intercept(floor, std::move(socket)) : pass_through(floor, socket);
    } catch (const std::exception&) {
        ERR_clear_error();
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("the floor relay of bench/run");
    Floor floor;
    std::string authority, trust;
    app.add_option("--origin", floor.origin, "its port")->required();
    app.add_option("--authority", authority, "directory with ca.crt and ca.key; none: passes octets through");
    app.add_option("--trust", trust, "the origin's CA");
    CLI11_PARSE(app, argc, argv);

    std::signal(SIGPIPE, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);

    std::unique_ptr<Forger> forger;
    if (!authority.empty()) {
        forger = std::make_unique<Forger>(authority);
        floor.server = server_context();
        floor.client = client_context();
        forger->serve(floor.server.get());
        check(SSL_CTX_load_verify_file(floor.client.get(), trust.c_str()) == 1, trust);
        SSL_CTX_set_verify(floor.client.get(), SSL_VERIFY_PEER, nullptr);
    }
    const auto listening = listen_on_loopback();
    Pool pool;
    std::printf("{\"port\": %u}\n", unsigned{listening.port});
    std::fflush(stdout);
    while (true) {
        auto socket = std::make_shared<UniqueFd>(accept_from(listening.socket));
        pool.run([&floor, socket] { serve(floor, std::move(*socket)); });
    }
}
