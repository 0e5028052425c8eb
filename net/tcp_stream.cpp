#include "net/tcp_stream.h"

#include "base/error.h"
#include "net/scratch.h"
#include "net/sockaddr.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace bascule::net {

Scratch& Scratch::mine() {
    static thread_local const auto scratch = std::make_unique<Scratch>();
    return *scratch;
}

TcpStream::TcpStream(EventLoop& loop, UniqueFd socket)
    : loop_(loop), socket_(std::move(socket)), watch_(loop, socket_.get(), this), last_moved_(loop.now()) {
    const int on = 1;
    // Without it a small reply waits 40 ms for the peer's delayed acknowledgement.
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    keep_urgent_in_line(socket_.get());
}

TcpStream::~TcpStream() = default;

Pull TcpStream::pull(Sink sink) {
    if (!unread_.empty()) {
        const Bytes octets = std::exchange(unread_, {});
        sink(octets);
        return Pull::data;
    }
    if (ending_ != Ending::none) return Pull::ended;
    if (!watch_.readable) return Pull::blocked;
    auto& buffer = Scratch::mine().receive;
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size > 0) {
        note_moved();
        if (static_cast<std::size_t>(size) < buffer.size() && !watch_.hangup) {
            // A short read empties the queue. Only a reset that came in the same edge as the data would be missed
            // (libevent keeps EPOLLRDHUP to itself where EPOLLERR is set): looked for when there is time, because a
            // read for nothing after each message would be a third of all system calls.
            watch_.readable.clear();
            loop_.look_before_waiting(*this);
        }
        sink(ByteView(buffer).first(static_cast<std::size_t>(size)));
        return Pull::data;
    }
    if (size < 0 && errno == EAGAIN) {
        watch_.readable.clear();
        return Pull::blocked;
    }
    note_end_of_input(size == 0);
    return Pull::ended;
}

bool TcpStream::is_silent() const {
    std::uint8_t octet = 0;
    return unread_.empty() && ending_ == Ending::none && ::recv(socket_.get(), &octet, 1, MSG_PEEK) < 0 &&
           errno == EAGAIN;
}

void TcpStream::look() {
    std::uint8_t octet = 0;
    const ssize_t size = ::recv(socket_.get(), &octet, 1, MSG_PEEK);
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) was_reset_ = true;  // told once, and this was it
    watch_.readable.set(loop_);
    watch_.stirred.set(loop_);
}

void TcpStream::note_ending(Ending ending) {
    ending_ = ending;
    if (ending == Ending::reset) broken_ = true;
}

void TcpStream::unread(ByteView octets) {
    unread_.insert(unread_.begin(), octets.begin(), octets.end());
}

std::size_t TcpStream::send_now(ByteView octets) {
    std::size_t sent = 0;
    while (sent < octets.size() && watch_.writable && !broken_) {
        const auto rest = octets.subspan(sent);
        const ssize_t size = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (size >= 0) {
            sent += static_cast<std::size_t>(size);
            note_moved();
        } else if (errno == EAGAIN) {
            watch_.writable.clear();
        } else if (errno != EINTR) {
            // ECONNRESET, or EPIPE after one: what the peer sent before it may still be read. The kernel tells a reset
            // once; reading must not take the silence that follows for an end in order.
            broken_ = was_reset_ = true;
        }
    }
    return sent;
}

void TcpStream::push(ByteView octets) {
    if (broken_ || finish_wanted_) return;
    if (pending() == 0) octets = octets.subspan(send_now(octets));
    if (broken_) return;
    // A stream that is never quite empty must not keep what it has sent.
    if (pending_sent_ > pending_.size() / 2) {
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(pending_sent_));
        pending_sent_ = 0;
    }
    pending_.insert(pending_.end(), octets.begin(), octets.end());
}

bool TcpStream::flush() {
    send_pending();
    return pending() == 0;
}

void TcpStream::send_pending() {
    if (pending() > 0) pending_sent_ += send_now(ByteView(pending_).subspan(pending_sent_));
    if (broken_ || pending() == 0) {
        Bytes().swap(pending_);
        pending_sent_ = 0;
        if (finish_wanted_) finish_write();
    }
}

void TcpStream::shutdown_write() {
    finish_wanted_ = true;
    if (pending() == 0) finish_write();
}

void TcpStream::finish_write() {
    if (std::exchange(finished_, true)) return;
    ::shutdown(socket_.get(), SHUT_WR);
}

void TcpStream::abort() {
    // Dissolving the association sends RST now, not when the descriptor is closed, and wakes whoever waits here.
    const sockaddr none{.sa_family = AF_UNSPEC, .sa_data = {}};
    [[maybe_unused]] const int done = ::connect(socket_.get(), &none, sizeof none);  // fails where it has gone already
    Bytes().swap(pending_);
    pending_sent_ = 0;
    broken_ = true;
    if (ending_ == Ending::none) ending_ = Ending::reset;
}

Task<void> TcpStream::gone(bool fin_counts) {
    while (true) {
        int fault = 0;
        socklen_t size = sizeof fault;
        getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &fault, &size);
        if (fault != 0 || was_reset_) note_ending(Ending::reset);
        if (broken_ || (fin_counts && watch_.hangup)) co_return;
        watch_.stirred.clear();
        co_await watch_.stirred.wait();
    }
}

void keep_urgent_in_line(int fd) {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
}

SocketAddress local_address(int fd) {
    SockAddr address;
    getsockname(fd, address.raw(), address.room());
    return address.value();
}

SocketAddress peer_address(int fd) {
    SockAddr address;
    getpeername(fd, address.raw(), address.room());
    return address.value();
}

}  // namespace bascule::net
