#pragma once

#include "base/address.h"
#include "base/unique_fd.h"
#include "net/stream.h"
#include "net/watch.h"

#include <optional>

namespace bascule::net {

/// A connected TCP socket.
class TcpStream final : public Stream, private Watch::Owner, private Doubt {
  public:
    /// Takes a connected, non-blocking socket; switches Nagle's algorithm off.
    TcpStream(EventLoop& loop, UniqueFd socket);
    ~TcpStream() override;

    Pull pull(Sink sink) override;
    void push(ByteView octets) override;
    bool flush() override;
    void shutdown_write() override;
    void truncate() override { shutdown_write(); }
    void abort() override;
    void unread(ByteView octets) override;
    Readiness::Wait until_readable() override { return watch_.readable.wait(); }
    Readiness::Wait until_writable() override { return watch_.writable.wait(); }
    std::size_t pending() const override { return pending_.size() - pending_sent_; }
    Ending ending() const override { return ending_; }
    bool broken() const override { return broken_; }

    /// When the peer has reset the connection, or, with `fin_counts`, has closed its direction. Never, otherwise.
    Task<void> gone(bool fin_counts);

    int fd() const { return socket_.get(); }
    EventLoop& loop() const { return loop_; }
    Watch& watch() { return watch_; }
    /// For splice(): the socket said that its direction has ended so.
    void note_ending(Ending ending);
    /// The same, by what reading said at the end: after a reset that writing met first, a FIN is none.
    void note_end_of_input(bool fin) { note_ending(fin && !was_reset_ ? Ending::fin : Ending::reset); }
    void note_broken() { broken_ = was_reset_ = true; }
    bool has_unread() const { return !unread_.empty(); }
    /// Nothing has come that was not pulled, no end either. Asks the socket: the loop may not have told it yet.
    bool is_silent() const;
    /// When octets last came or went.
    Time last_moved() const { return last_moved_; }
    void note_moved() { last_moved_ = loop_.now(); }

  private:
    void on_writable() override { send_pending(); }
    void look() override;
    void send_pending();
    std::size_t send_now(ByteView octets);
    void finish_write();

    EventLoop& loop_;
    UniqueFd socket_;
    Watch watch_;
    Time last_moved_;
    Bytes unread_;
    Bytes pending_;
    std::size_t pending_sent_ = 0;
    Ending ending_ = Ending::none;
    bool broken_ = false;
    bool was_reset_ = false;
    bool finish_wanted_ = false;
    bool finished_ = false;
};

/// TCP's urgent octets stay in the stream, where they were sent (RFC 6093 section 6); also of what a listening socket
/// accepts.
void keep_urgent_in_line(int fd);

/// The two addresses of a socket.
SocketAddress local_address(int fd);
SocketAddress peer_address(int fd);

}  // namespace bascule::net
