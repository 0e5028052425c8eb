#pragma once

#include "base/unique_fd.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// Where finished lines go. Used by the thread of one Spool at a time.
namespace bascule::inspect {

class Sink {
  public:
    virtual ~Sink() = default;
    /// Writes whole lines (or journal frames). Returns how many were lost; fault() then tells why, as an errno.
    virtual std::uint64_t write(std::string_view lines) = 0;
    /// Opens the same output anew; throws Error, and keeps the old one, where that fails.
    virtual void reopen() {}
    /// From now on, from any thread: a reader that takes nothing for half a second is given up.
    void hurry() { hurried_ = true; }
    int fault() const { return fault_; }

  protected:
    int fault_ = 0;
    std::atomic<bool> hurried_ = false;
};

/// A file, appended to, made with mode 0640 (less the umask), never through a symbolic link. A pipe or a device will
/// do. Throws Error: path, why, and what to do.
std::unique_ptr<Sink> open_log_file(const std::string& path);
/// Descriptor 2. All such sinks of the process take turns, so that what one write() holds stays together.
std::unique_ptr<Sink> open_stderr();
/// Any open file.
std::unique_ptr<Sink> sink_to(UniqueFd file);
/// The system's journal; takes frames as in inspect/journal.h. Throws Error where there is none.
std::unique_ptr<Sink> open_journal();

/// Whether JOURNAL_STREAM (systemd.exec(5)) says that descriptor 2 leads to the journal.
bool stderr_is_journal();

/// Writes everything or returns false with errno; what was written is taken off `rest`. What is not a regular file is
/// never written to before it can take octets, so that a reader that sleeps cannot hold the thread past hurry().
bool write_out(int fd, bool regular, std::string_view& rest, const std::atomic<bool>& hurried);

/// One line to stderr, if it can take one now: for what the log itself cannot tell.
void tell_stderr(std::string_view line);

}  // namespace bascule::inspect
