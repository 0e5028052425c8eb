#pragma once

#include "base/unique_fd.h"
#include "daemon/watch/home.h"

#include <string>

namespace bascule::daemon {

/// The daemon as a process of its own, out of the terminal's way: it ends when it is told to, and with us. It gets its
/// listening socket and says when it is ready as from a service manager (sd_listen_fds(3), sd_notify(3)).
class ServerChild {
  public:
    /// Listens, or takes a socket that does, and starts it. Throws Error.
    explicit ServerChild(const Home& home, UniqueFd listening = {});
    ~ServerChild() { stop(); }
    ServerChild(const ServerChild&) = delete;

    const std::string& address() const { return address_; }
    /// Waits until it serves; false: it has ended, and said why on stderr.
    bool ready();
    /// Until it ends, or a signal comes, which ends it. Its exit code.
    int wait();
    /// Has it end in order, and waits for that.
    int stop();

  private:
    void listen(const std::string& where);
    void open_notifications();
    void serve(const Home& home);

    std::string address_;
    UniqueFd socket_, notifications_, handle_;
    std::string notify_name_;
    int parent_ = -1;
    int pid_ = -1;
    int code_ = 0;
};

}  // namespace bascule::daemon
