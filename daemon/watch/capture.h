#pragma once

#include "daemon/watch/descriptors.h"
#include "daemon/watch/home.h"
#include "daemon/watch/inner_network.h"
#include "daemon/watch/name_relay.h"

#include <optional>
#include <string>
#include <vector>

namespace bascule::daemon {

/// A command in a network and a mount namespace of its own, for programs that know no proxy: every TCP connection that
/// it makes, except to itself, comes to a listening socket of ours, names resolve as they do here, and the system's
/// trust store holds our CA. On the host nothing is changed; what was made ends with the command, however that ends.
class Capture {
  public:
    /// Makes the command's process and all around it, and has it wait. Throws Error.
    Capture(const Home& home, const std::vector<std::string>& command);
    Capture(const Capture&) = delete;

    /// Where its connections arrive, with their destination as REDIRECT keeps it.
    UniqueFd take_listener() { return std::move(sockets_.connections); }
    /// Runs the command to its end; its exit code, as run_program() has it.
    int run();

  private:
    void become_captured(const Home& home, const std::vector<std::string>& command, bool ipv6);
    void take_sockets();

    DescriptorPair line_;
    InnerSockets sockets_;
    std::optional<NameRelay> names_;
    int pid_ = -1;
};

}  // namespace bascule::daemon
