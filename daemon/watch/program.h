#pragma once

#include "base/unique_fd.h"
#include "daemon/watch/environment.h"

#include <string>
#include <vector>

namespace bascule::daemon {

/// From now on the signals that end a program wait for run_program() and ServerChild::wait().
void hold_signals();

/// Runs a command with these variables over our own, in our place of the terminal; signals that are sent to us go on to
/// it. Its exit code, or 128 and the number of the signal that ended it; 127 where it cannot be found, 126 where it
/// cannot be run (said on stderr).
int run_program(const std::vector<std::string>& command, const Environment& environment);

/// The two halves of that: in a child, and of it. `become` never returns.
void become(const std::vector<std::string>& command, const Environment& environment);
int follow_program(int pid);

/// A descriptor that becomes readable when the child ends (pidfd_open(2); Debian 12's header of it is not for C++).
UniqueFd handle_of(int pid);

/// In a child: as signals were before hold_signals().
void release_signals();

struct HeldSignal {
    int number = 0;
    bool of_terminal = false;  ///< who is in its foreground group has got it too
};
/// The next signal held; waits for it, or until the process ends: number 0.
HeldSignal next_signal(int pid_fd);

}  // namespace bascule::daemon
