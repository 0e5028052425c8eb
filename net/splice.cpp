#include "net/splice.h"

#include <fcntl.h>

#include <vector>

namespace bascule::net {
namespace {

constexpr std::size_t kPipeOctets = 256_KiB;
constexpr std::size_t kPooledPipes = 16;
constexpr unsigned kSplicesPerTurn = 4;

/// A pipe from this thread's pool; one that still holds octets when it is given back is closed instead.
class PooledPipe {
  public:
    PooledPipe() {
        auto& free = pool();
        if (!free.empty()) {
            ends_ = std::move(free.back());
            free.pop_back();
            return;
        }
        int fds[2];
        if (::pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) return;
        ends_.out = UniqueFd(fds[0]);
        ends_.in = UniqueFd(fds[1]);
        ::fcntl(fds[1], F_SETPIPE_SZ, static_cast<int>(kPipeOctets));
    }
    ~PooledPipe() {
        if (ends_.in && level == 0 && pool().size() < kPooledPipes) pool().push_back(std::move(ends_));
    }
    PooledPipe(const PooledPipe&) = delete;
    PooledPipe& operator=(const PooledPipe&) = delete;

    bool usable() const { return static_cast<bool>(ends_.in); }
    int in() const { return ends_.in.get(); }
    int out() const { return ends_.out.get(); }
    std::size_t level = 0;  ///< octets in it

  private:
    struct Ends {
        UniqueFd out, in;
    };
    static std::vector<Ends>& pool() {
        static thread_local std::vector<Ends> pipes;
        return pipes;
    }
    Ends ends_;
};

/// Socket to pipe. False: splice(2) sees nothing, or the end, which it also says before an urgent octet.
bool fill(TcpStream& from, PooledPipe& pipe) {
    if (!from.watch().readable || from.ending() != Ending::none) return false;
    const ssize_t size =
        ::splice(from.fd(), nullptr, pipe.in(), nullptr, kPipeOctets, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (size < 0 && errno != EAGAIN) from.note_end_of_input(false);
    if (size <= 0) return false;
    pipe.level += static_cast<std::size_t>(size);
    from.note_moved();
    return true;
}

/// Pipe to socket, as far as it goes.
void drain(PooledPipe& pipe, TcpStream& to) {
    Watch& watch = to.watch();
    while (pipe.level > 0 && watch.writable && !to.broken()) {
        const ssize_t size =
            ::splice(pipe.out(), nullptr, to.fd(), nullptr, pipe.level, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (size > 0) {
            pipe.level -= static_cast<std::size_t>(size);
            to.note_moved();
        } else if (size < 0 && errno == EAGAIN) {
            watch.writable.clear();
        } else {
            to.note_broken();
        }
    }
}

/// The same by way of this worker's buffer: what was put back, what splice(2) does not see, and where there is no
/// descriptor left for a pipe.
Task<bool> copy_some(TcpStream& from, TcpStream& to, std::uint64_t& count, Time& last_moved) {
    const Pull pulled = from.pull([&](ByteView octets) {
        count += octets.size();
        last_moved = from.loop().now();
        to.push(octets);
    });
    co_await drained(to);
    co_return pulled == Pull::data;
}

/// Moves what is there. False: nothing more can be moved now.
Task<bool> splice_some(TcpStream& from, TcpStream& to, std::uint64_t& count, Time& last_moved) {
    PooledPipe pipe;
    if (!pipe.usable()) co_return co_await copy_some(from, to, count, last_moved);
    if (!fill(from, pipe)) co_return co_await copy_some(from, to, count, last_moved);
    count += pipe.level;
    while (pipe.level > 0 && !to.broken()) {
        drain(pipe, to);
        last_moved = from.loop().now();
        if (pipe.level > 0 && !to.broken()) co_await to.until_writable();
    }
    co_return true;
}

}  // namespace

Task<void> splice_one_way(TcpStream& from, TcpStream& to, std::uint64_t& count, Time& last_moved) {
    co_await drained(to);  // what was said before goes first
    while (from.has_unread()) co_await copy_some(from, to, count, last_moved);
    unsigned splices = 0;
    while (from.ending() == Ending::none && !to.broken()) {
        const bool moved = co_await splice_some(from, to, count, last_moved);
        if (!moved && from.ending() == Ending::none) {
            splices = 0;
            co_await from.until_readable();
        } else if (++splices % kSplicesPerTurn == 0) {
            co_await from.loop().yield();
        }
    }
}

}  // namespace bascule::net
