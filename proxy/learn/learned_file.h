#pragma once

#include "proxy/learn/learned.h"

#include <compare>
#include <string>
#include <vector>

/// What was learned, on disk: `learned` in the state directory, a text file of one entry a line, which the daemon and
/// the command `bascule learned` both read and rewrite. Everything here may wait for the disk.
///
///     2026-11-26T14:25:21Z 192.0.2.7 bank.example refused unknown_ca 2
///
/// The fields: until when, the client or `*`, the server name, why (`refused`, `certificate-wanted`), the alert or `-`,
/// how often it was seen. What begins with # is a comment.
namespace bascule::proxy {

/// Tells one version of a file from another.
struct FileStamp {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t changed = 0;  ///< nanoseconds
    bool operator==(const FileStamp&) const = default;
};

class LearnedFile {
  public:
    explicit LearnedFile(std::string directory);

    struct Content {
        std::vector<LearnedEntry> entries;  ///< the oldest first; none whose time has come
        std::vector<std::string> faults;    ///< lines that are no entry, skipped, for a person
        FileStamp stamp;                    ///< of what was read
    };
    /// No entries where there is no file. Throws Error where it cannot be read.
    Content read(WallTime now) const;

    /// Reads, lets `change` have its way, and replaces the file, whole or not at all; nobody else does meanwhile. Keeps
    /// the file's owner, so that root may do it for the daemon. The stamp before; returns the one after. Throws Error.
    template <class Change>
    FileStamp update(WallTime now, Content& content, Change change) const {
        const Lock lock(directory_);
        content = read(now);
        change(content.entries);
        return write(content.entries);
    }

    /// All zero where there is no file.
    FileStamp stamp() const;
    const std::string& path() const { return path_; }
    const std::string& directory() const { return directory_; }

  private:
    /// The directory itself is what is locked: it has no owner of its own to be kept, and nothing is left behind.
    class Lock {
      public:
        explicit Lock(const std::string& directory);
        ~Lock();
        Lock(const Lock&) = delete;

      private:
        int fd_;
    };
    FileStamp write(const std::vector<LearnedEntry>& entries) const;

    std::string directory_, path_;
};

/// Puts an entry at the end, in place of what there was about its subject.
void merge(std::vector<LearnedEntry>& entries, const LearnedEntry& entry);

/// An entry as its line, without the line's end; and back.
std::string line_of(const LearnedEntry& entry);
std::optional<LearnedEntry> entry_in(const std::string& line);

}  // namespace bascule::proxy
