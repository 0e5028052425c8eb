#pragma once

#include "base/unique_fd.h"
#include "inspect/log.h"
#include "proxy/learn/learned_file.h"

#include <atomic>
#include <thread>

namespace bascule::proxy {

/// Keeps memory and file alike, on a thread of its own, so that no worker waits for the disk: what is remembered is
/// written down, and where somebody else changes the file (`bascule learned forget`, or an editor) memory follows at
/// once. Where the file cannot be written a warning says so once, and memory goes on alone.
class LearnedKeeper {
  public:
    /// Makes the directory if its parent is there, reads the file, and starts the thread. `learned` and `log` must
    /// outlive it.
    LearnedKeeper(Learned& learned, inspect::Log& log, std::string directory);
    /// Writes what is still to be written.
    ~LearnedKeeper();
    LearnedKeeper(const LearnedKeeper&) = delete;

  private:
    void make_directory();
    void start();
    void run();
    void turn();
    void write_or_read();
    void tell_faults(const LearnedFile::Content& content);
    void complain(std::string_view what);

    Learned& learned_;
    inspect::Log& log_;
    LearnedFile file_;
    FileStamp seen_;                     ///< the version that memory follows
    std::vector<LearnedEntry> waiting_;  ///< not in the file yet
    UniqueFd wake_, changes_;
    bool complained_ = false;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace bascule::proxy
