#pragma once

#include "net/name/dns_channel.h"
#include "net/task/nursery.h"
#include "tests/support/sockets.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace bascule::test {

/// A name server on the loopback interface and the test's own loop, that says what it is told to.
class DnsServer {
  public:
    struct Answer {
        int code = 0;  ///< RCODE, RFC 1035 section 4.1.1
        std::vector<std::string> addresses{};
        std::uint32_t ttl = 60;
        bool silent = false;
        bool truncated = false;  ///< over UDP only: says to ask again over TCP
    };

    explicit DnsServer(net::EventLoop& loop) : loop_(loop), tasks_(loop) {
        // Both protocols on one port: the kernel chooses it for one, and it may be taken for the other.
        for (int tries = 0; !tcp_; ++tries) {
            if (tries == 100) throw Error("no port is free for UDP and TCP: {}", errno_text(errno));
            udp_ = open(SOCK_DGRAM, any_port("127.0.0.1"));
            tcp_ = open(SOCK_STREAM, address());
        }
        if (::listen(tcp_.get(), 8) != 0) throw Error("listen: {}", errno_text(errno));
        tasks_.spawn(serve_udp());
        tasks_.spawn(serve_tcp());
    }

    SocketAddress address() const { return net::local_address(udp_.get()); }
    /// What is not told answers NXDOMAIN.
    void tell(const std::string& name, net::DnsType type, Answer answer) { answers_[{name, type}] = std::move(answer); }
    /// How many questions of this kind have come.
    int asked(const std::string& name, net::DnsType type) { return asked_[{name, type}]; }
    int asked_over_tcp() const { return asked_over_tcp_; }

  private:
    using Question = std::pair<std::string, net::DnsType>;

    /// None where the port is taken.
    static UniqueFd open(int type, const SocketAddress& at) {
        UniqueFd fd(::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const net::SockAddr name(at);
        if (::bind(fd.get(), name.raw(), name.size()) != 0) return {};
        return fd;
    }

    net::Task<void> serve_udp() {
        net::Watch watch(loop_, udp_.get());
        while (true) {
            std::string query(512, '\0');
            net::SockAddr client;
            const auto size = ::recvfrom(udp_.get(), query.data(), query.size(), 0, client.raw(), client.room());
            if (size < 0) {
                watch.readable.clear();
                co_await watch.readable.wait();
                continue;
            }
            query.resize(static_cast<std::size_t>(size));
            const std::string reply = reply_to(query, true);
            if (!reply.empty()) ::sendto(udp_.get(), reply.data(), reply.size(), 0, client.raw(), client.size());
        }
    }

    /// One connection at a time, one question each, answered in two pieces.
    net::Task<void> serve_tcp() {
        net::Listener listener(loop_, UniqueFd(::dup(tcp_.get())));
        while (true) {
            auto outcome = co_await listener.accept();
            net::TcpStream stream(loop_, std::move(std::get<net::Accepted>(outcome).socket));
            // read_exactly() reads on to the end of what has come, which is the length and the question.
            const std::string message = co_await read_exactly(stream, 18);
            if (message.size() < 18) continue;
            ++asked_over_tcp_;
            std::string reply = reply_to(message.substr(2), false);
            reply = number(reply.size(), 2) + reply;
            stream.push(as_bytes(reply).first(1));
            co_await loop_.yield();
            stream.push(as_bytes(reply).subspan(1));
            co_await read_all(stream);
        }
    }

    static std::string number(std::uint64_t value, int octets) {
        std::string text;
        while (octets-- > 0) text += static_cast<char>(value >> (8 * octets));
        return text;
    }

    std::string reply_to(const std::string& query, bool udp) {
        std::size_t place = 12;
        std::string name;
        while (place < query.size() && query[place] != 0) {
            const auto length = static_cast<std::uint8_t>(query[place]);
            if (!name.empty()) name += '.';
            name += query.substr(place + 1, length);
            place += 1U + length;
        }
        const std::size_t end = place + 5;  // the root, type and class
        if (end > query.size()) return {};
        const Question question{name, static_cast<net::DnsType>(query[place + 2])};
        ++asked_[question];
        const auto told = answers_.find(question);
        const Answer answer = told == answers_.end() ? Answer{.code = 3} : told->second;
        if (answer.silent) return {};
        const bool cut = answer.truncated && udp;
        const std::size_t count = cut ? 0 : answer.addresses.size();
        // Header: id, a response with recursion, one question and its answers. Section 4.1.1.
        std::string reply = query.substr(0, 2) +
                            number(0x8180U | (cut ? 0x0200U : 0U) | static_cast<unsigned>(answer.code), 2) +
                            number(1, 2) + number(count, 2) + number(0, 4) + query.substr(12, end - 12);
        for (std::size_t i = 0; i < count; ++i) {
            const auto ip = IpAddress::parse(answer.addresses[i]).value();
            const auto octets = std::string_view(as_text(ip.octets())).substr(ip.is_v4() ? 12 : 0);
            reply += number(0xc00c, 2) + number(ip.is_v4() ? 1 : 28, 2) + number(1, 2) + number(answer.ttl, 4) +
                     number(octets.size(), 2) + std::string(octets);
        }
        return reply;
    }

    net::EventLoop& loop_;
    UniqueFd udp_;
    UniqueFd tcp_;
    std::map<Question, Answer> answers_;
    std::map<Question, int> asked_;
    int asked_over_tcp_ = 0;
    net::Nursery tasks_;
};

}  // namespace bascule::test
