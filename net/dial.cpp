#include "net/dial.h"

#include "base/error.h"
#include "net/sockaddr.h"
#include "net/task/nursery.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

namespace bascule::net {
namespace {

using Kind = DialFailure::Kind;

Kind kind_of(int code) {
    switch (code) {
        case ECONNREFUSED:
        case ECONNRESET:
            return Kind::refused;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        case EAGAIN:         // no route cache entry or local port (connect(2))
        case EADDRNOTAVAIL:  // every local port to that address is in use
            return Kind::no_resources;
        default:
            return Kind::unreachable;
    }
}

std::string words_for(int code) {
    switch (code) {
        case ECONNREFUSED:
            return "connection refused; nothing listens there";
        case ECONNRESET:
            return "connection reset while connecting";
        case ENETUNREACH:
            return "network unreachable; this host has no route to it";
        case EHOSTUNREACH:
            return "host unreachable; it is down, or a router on the way refuses";
        case ETIMEDOUT:
            return "no answer (connection timed out)";
        case EACCES:
        case EPERM:
            return "not permitted; a firewall of this host forbids it";
        case EMFILE:
            return "too many open files; raise LimitNOFILE";
        case EADDRNOTAVAIL:
            return "no local port is free";
        default:
            return errno_text(code);
    }
}

/// Which failure says most about the destination: that it refused, then that we could not even ask.
int weight(Kind kind) {
    switch (kind) {
        case Kind::refused:
            return 2;
        case Kind::no_resources:
            return 1;
        case Kind::unreachable:
            return 0;
    }
    return 0;
}

DialFailure failure_at(const SocketAddress& address, int code) {
    return {kind_of(code), code, fmt::format("{}: {}", address.text(), words_for(code))};
}

/// The attempts under way to one destination.
class Race {
  public:
    Race(EventLoop& loop, const DialOptions& options) : news(loop), loop_(loop), options_(options) {}

    /// One attempt. Sets `news` when it has won, or failed while being the latest, or was the last to fail.
    Task<void> attempt(SocketAddress address) {
        const std::size_t number = ++started;
        const bool won = co_await connect(address);
        ++finished_;
        if (won || number == started || finished_ == started) news.set();
    }
    bool running() const { return finished_ < started; }

    Event news;
    std::optional<Dialed> winner;
    std::optional<DialFailure> failure;
    std::size_t started = 0;

  private:
    Task<bool> connect(SocketAddress address) {
        UniqueFd fd = open(address);
        if (!fd) co_return false;
        const SockAddr name(address);
        int code = ::connect(fd.get(), name.raw(), name.size()) == 0 ? 0 : errno;
        if (code != 0 && code != EINPROGRESS) {
            note(failure_at(address, code));
            co_return false;
        }
        auto stream = std::make_unique<TcpStream>(loop_, std::move(fd));
        if (code == EINPROGRESS) {
            // Registering reports what has happened since, so no edge is lost between connect() and here.
            stream->watch().readable.clear();
            stream->watch().writable.clear();
            co_await stream->until_writable();
            socklen_t size = sizeof code;
            getsockopt(stream->fd(), SOL_SOCKET, SO_ERROR, &code, &size);
        }
        if (code != 0) note(failure_at(address, code));
        if (code == 0 && !winner) winner.emplace(std::move(stream), address);
        co_return code == 0;
    }

    /// A socket bound and marked as the options say, or none and the failure noted.
    UniqueFd open(const SocketAddress& address) {
        const int family = address.ip.is_v4() ? AF_INET : AF_INET6;
        UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!fd) {
            note(failure_at(address, errno));
            return {};
        }
        if (options_.mark && setsockopt(fd.get(), SOL_SOCKET, SO_MARK, &*options_.mark, sizeof *options_.mark) != 0) {
            note(own_fault(address, errno, "cannot set SO_MARK, which needs CAP_NET_ADMIN"));
            return {};
        }
        if (options_.bind && !bind_to(fd.get(), *options_.bind)) {
            note(own_fault(address, errno, fmt::format("cannot connect from {}", options_.bind->text())));
            return {};
        }
        return fd;
    }

    static bool bind_to(int fd, const IpAddress& source) {
        // The port is chosen by connect(): one local port then serves many destinations.
        const int on = 1;
        setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        const SockAddr name(SocketAddress{source, 0});
        return ::bind(fd, name.raw(), name.size()) == 0;
    }

    static DialFailure own_fault(const SocketAddress& address, int code, std::string_view what) {
        return {Kind::unreachable, code, fmt::format("{}: {}: {}", address.text(), what, errno_text(code))};
    }

    void note(DialFailure one) {
        if (!failure || weight(one.kind) > weight(failure->kind)) failure = std::move(one);
    }

    EventLoop& loop_;
    const DialOptions& options_;
    std::size_t finished_ = 0;
};

DialFailure no_address(const DialOptions& options, std::size_t count) {
    if (count == 0) return {Kind::unreachable, EDESTADDRREQ, "there is no address to connect to"};
    return {Kind::unreachable, EAFNOSUPPORT,
            fmt::format("none of the {} addresses is of the family of {}, which we connect from", count,
                        options.bind->text())};
}

}  // namespace

Task<std::variant<Dialed, DialFailure>> dial(EventLoop& loop, std::vector<SocketAddress> addresses,
                                             DialOptions options) {
    const std::size_t known = addresses.size();
    std::erase_if(addresses, [&](const SocketAddress& address) {
        return options.bind && options.bind->is_v4() != address.ip.is_v4();
    });
    if (addresses.empty()) co_return no_address(options, known);

    Race race(loop, options);
    Nursery attempts(loop);
    for (const auto& address : addresses) {
        race.news.reset();
        attempts.spawn(race.attempt(address));
        co_await with_deadline(loop, loop.now() + options.attempt_delay, race.news.happened());
        if (race.winner) break;
    }
    while (!race.winner && race.running()) {
        race.news.reset();
        co_await race.news.wait();
    }
    if (race.winner) co_return std::move(*race.winner);
    if (known > 1) race.failure->detail += fmt::format(" (tried {} of {} addresses)", race.started, known);
    co_return std::move(*race.failure);
}

}  // namespace bascule::net
