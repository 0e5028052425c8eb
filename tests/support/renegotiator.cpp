// renegotiator client|server [--library openssl|gnutls] --tls 1.2|1.3 --port N (server: 0, printed as {"port": N})
//     client: --ca FILE --name NAME            server: --certificate FILE --key FILE
//     [--send N] [--expect N]   octets of the pattern each way; the order is verified by their offset
//     [--says FILE] [--hears FILE]   what is sent and expected, in place of the pattern
//     [--hold-at N --until M]   of what it sends, what follows N octets waits until M have come
//     [--renew N]               renegotiations (TLS 1.2) or key updates (TLS 1.3), spread over what is sent
//     [--stall MS]              reads nothing for so long after the first handshake
//     [--timeout S]             gives up (40)
// One connection; prints one JSON object about it. Exit code 0: all went through and both sides ended in order.
#include "renegotiator.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <vector>

namespace renegotiator {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPiece = 16384;
constexpr std::size_t kOutBound = 65536;

/// A file's, or octets that tell their offset: the period is a prime, so no piece of it fits another place.
class Octets {
  public:
    explicit Octets(const std::string& file) : period_(kPeriod) { file.empty() ? make_pattern() : read(file); }
    std::span<const char> at(std::uint64_t offset, std::size_t size) const {
        const auto rest = std::span(octets_).subspan(std::min<std::size_t>(offset % period_, octets_.size()));
        return rest.first(std::min(size, rest.size()));
    }

  private:
    void make_pattern() {
        octets_.resize(kPeriod + kPiece);
        std::uint64_t state = 88172645463325252;
        for (std::size_t i = 0; i < octets_.size(); ++i) {
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            octets_[i] = i < kPeriod ? static_cast<char>(state) : octets_[i - kPeriod];
        }
    }

    void read(const std::string& file) {
        std::ifstream stream(file, std::ios::binary);
        if (!stream) throw Failed(file + " cannot be read");
        octets_.assign(std::istreambuf_iterator(stream), {});
        period_ = std::numeric_limits<std::size_t>::max();
    }

    static constexpr std::size_t kPeriod = 999'983;
    std::size_t period_;
    std::vector<char> octets_;
};

class Conversation {
  public:
    Conversation(int fd, Peer& peer, const Options& options)
        : fd_(fd),
          peer_(peer),
          says_(text(options, "says")),
          hears_(text(options, "hears")),
          hold_at_(number(options, "hold-at", 0)),
          until_(number(options, "until", 0)),
          send_(number(options, "send", 0)),
          expect_(number(options, "expect", 0)),
          renew_(number(options, "renew", 0)),
          stall_(number(options, "stall", 0)),
          deadline_(Clock::now() + std::chrono::seconds(number(options, "timeout", 40))) {}

    static std::uint64_t number(const Options& options, const char* name, std::uint64_t fallback) {
        const auto found = options.find(name);
        return found == options.end() ? fallback : std::stoull(found->second);
    }

    static std::string text(const Options& options, const char* name) {
        const auto found = options.find(name);
        return found == options.end() ? "" : found->second;
    }

    void run() {
        while (!over()) {
            produce();
            flush();
            wait();
            if (!stalled()) receive();
        }
        flush();
    }

    /// What came before the other side's end may tell why it ended.
    void listen_to_the_end() noexcept {
        ::shutdown(fd_, SHUT_WR);
        try {
            while (!ended_) {
                wait();
                receive();
            }
        } catch (const std::exception&) {  // what is in peer_.alert is what was wanted
        }
    }

    void print(const std::string& error) const {
        std::printf(
            "{\"sent\": %llu, \"received\": %llu, \"renewed\": %u, \"begun\": %u, \"key_updates_seen\": %u, "
            "\"close_notify\": %s, \"version\": \"%s\", \"alert\": \"%s\", \"error\": \"%s\"}\n",
            static_cast<unsigned long long>(sent_), static_cast<unsigned long long>(received_), peer_.renewed(), begun_,
            peer_.key_updates_seen, peer_.closed ? "true" : "false", peer_.version.c_str(), peer_.alert.c_str(),
            error.c_str());
    }

  private:
    bool all_done() const {
        return sent_ == send_ && received_ == expect_ && begun_ == renew_ && peer_.renewed() >= renew_;
    }
    bool over() { return closing_ && peer_.closed && peer_.out.empty(); }

    bool stalled() {
        if (stall_ == 0 || peer_.version.empty() || peer_.shaking_hands()) return false;
        if (begun_stall_ == Clock::time_point{}) begun_stall_ = Clock::now();
        if (Clock::now() - begun_stall_ < std::chrono::milliseconds(stall_)) return true;
        stall_ = 0;
        return false;
    }

    /// How much of what it sends may have been sent by now.
    std::uint64_t allowed() const { return received_ < until_ ? std::min(hold_at_, send_) : send_; }

    void produce() {
        while (peer_.out.size() < kOutBound && peer_.may_write()) {
            if (begun_ < renew_ && begun_ == peer_.renewed() && sent_ >= (begun_ + 1) * send_ / (renew_ + 1)) {
                ++begun_;
                peer_.renew();
            } else if (sent_ < allowed()) {
                const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, allowed() - sent_));
                peer_.write(says_.at(sent_, size));
                sent_ += size;
            } else {
                break;
            }
        }
        if (!closing_ && all_done() && !peer_.shaking_hands()) {
            closing_ = true;
            peer_.close_notify();
        }
    }

    void flush() {
        while (!peer_.out.empty()) {
            const auto size = ::send(fd_, peer_.out.data(), peer_.out.size(), MSG_NOSIGNAL);
            if (size < 0 && errno == EAGAIN) return;
            if (size < 0) throw Failed(std::string("send: ") + std::strerror(errno));
            peer_.out.erase(0, static_cast<std::size_t>(size));
        }
    }

    void wait() {
        const bool deaf = stalled();
        const bool speaks = !peer_.out.empty() || (sent_ < allowed() && peer_.may_write());
        pollfd poll{
            .fd = fd_, .events = static_cast<short>((deaf ? 0 : POLLIN) | (speaks ? POLLOUT : 0)), .revents = 0};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
        if (left <= 0) throw Failed("timeout");
        ::poll(&poll, 1, static_cast<int>(deaf ? std::min<long>(left, 20) : left));
    }

    void receive() {
        char ciphertext[65536];
        const auto size = ::recv(fd_, ciphertext, sizeof ciphertext, 0);
        if (size < 0 && errno == EAGAIN) return;
        ended_ = size <= 0;
        if (size < 0) throw Failed(std::string("recv: ") + std::strerror(errno));
        if (size == 0) {
            if (peer_.closed) return;
            throw Failed("the other side ended without close_notify");
        }
        peer_.feed(std::span(ciphertext).first(static_cast<std::size_t>(size)));
        char plain[kPiece];
        while (const auto count = peer_.read(plain)) verify(std::span(plain).first(count));
    }

    void verify(std::span<const char> plain) {
        const auto wanted = hears_.at(received_, plain.size());
        if (!std::equal(plain.begin(), plain.end(), wanted.begin())) {
            throw Failed("wrong octets within " + std::to_string(plain.size()) + " from " + std::to_string(received_));
        }
        received_ += plain.size();
        if (received_ > expect_) throw Failed("more octets than expected");
    }

    int fd_;
    Peer& peer_;
    Octets says_, hears_;
    std::uint64_t hold_at_, until_;
    std::uint64_t send_, expect_, renew_, stall_;
    Clock::time_point deadline_, begun_stall_{};
    std::uint64_t sent_ = 0, received_ = 0;
    unsigned begun_ = 0;
    bool closing_ = false, ended_ = false;
};

[[noreturn]] void give_up(const char* call) {
    throw Failed(std::string(call) + ": " + std::strerror(errno));
}

sockaddr_in loopback(std::uint64_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int accept_one(std::uint64_t port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(port);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, raw, size) != 0 || ::listen(listener, 1) != 0 || ::getsockname(listener, raw, &size) != 0)
        give_up("listen");
    std::printf("{\"port\": %d}\n", ntohs(address.sin_port));
    std::fflush(stdout);
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) give_up("accept");
    ::close(listener);
    return fd;
}

int connect_to(std::uint64_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) give_up("connect");
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

std::string converse(int fd, bool server, const Options& options) {
    const auto library = options.find("library");
    const bool gnutls = library != options.end() && library->second == "gnutls";
    const auto peer = gnutls ? make_gnutls_peer(server, options) : make_openssl_peer(server, options);
    Conversation conversation(fd, *peer, options);
    std::string error;
    try {
        conversation.run();
    } catch (const Failed& failed) {
        error = failed.what();
        conversation.listen_to_the_end();
    }
    conversation.print(error);
    return error;
}

}  // namespace
}  // namespace renegotiator

int main(int argc, char** argv) {
    using namespace renegotiator;
    std::signal(SIGPIPE, SIG_IGN);
    Options options;
    for (int i = 2; i + 1 < argc; i += 2) options[std::string(argv[i]).substr(2)] = argv[i + 1];
    const bool server = argc > 1 && std::string(argv[1]) == "server";
    try {
        const auto port = Conversation::number(options, "port", 0);
        return converse(server ? accept_one(port) : connect_to(port), server, options).empty() ? 0 : 1;
    } catch (const std::exception& error) {
        std::printf("{\"error\": \"%s\"}\n", error.what());
        return 1;
    }
}
