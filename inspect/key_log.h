#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace bascule::inspect {

/// TLS secrets, in the lines of SSLKEYLOGFILE (draft-ietf-tls-keylogfile), appended to files by a thread of its own
/// with a bounded queue: a worker never waits for a disk. Files are made as those of content are (mode 0600, no
/// symbolic link, nothing but a regular file). A file that cannot be made or written is told once, and lines that find
/// the queue full are lost and told. Thread-safe.
class KeyLog {
  public:
    using Complain = void (*)(void* context, std::string_view message);
    KeyLog(Complain complain, void* context);
    ~KeyLog();  ///< writes what waits
    KeyLog(const KeyLog&) = delete;

    /// `lines` with their line ends; they stay together.
    void add(const std::string& path, std::string lines);
    /// Opens the files anew when they are next written: somebody has moved them.
    void reopen();

  private:
    struct Thread;
    std::unique_ptr<Thread> thread_;
};

}  // namespace bascule::inspect
