#pragma once

#include "net/loop.h"

#include <cstdint>
#include <string>

namespace bascule::net {

/// A small text file of the system's that other programs change under us. Whether it has changed is looked for at most
/// once a second (one stat), so that asking is cheap.
class WatchedFile {
  public:
    explicit WatchedFile(std::string path) : path_(std::move(path)) {}

    /// True where the file is another than at the last call that said so; true at the first call.
    bool has_changed(Time now);
    /// What is in it, at most 64 MiB; empty where it cannot be read.
    std::string read() const;

  private:
    /// What tells one state of the file from another.
    struct Stamp {
        std::uint64_t inode = 0;
        std::int64_t size = -1;
        std::int64_t seconds = 0;
        std::int64_t nanoseconds = 0;
        bool operator==(const Stamp&) const = default;
    };
    Stamp stamp() const;

    std::string path_;
    Stamp stamp_{.size = -2};
    Time next_look_ = Time::min();
};

/// The next word of a line, which loses it; empty at the end.
std::string_view next_word(std::string_view& line);
/// The next line of a text, without its end; the text loses it.
std::string_view next_line(std::string_view& text);

}  // namespace bascule::net
