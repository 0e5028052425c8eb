#pragma once

#include "base/address.h"
#include "net/loop.h"

#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bascule::net {

/// A hosts(5) file: names to addresses, read again when it has changed. That is looked for at most once a second, so
/// asking is cheap. A file that cannot be read has no names.
class HostsFile {
  public:
    explicit HostsFile(std::string path) : path_(std::move(path)) {}

    /// The addresses of a lower-case name, in the order of the file, from all lines; null where it has none. Valid
    /// until the next find().
    const std::vector<IpAddress>* find(std::string_view name, Time now);

  private:
    /// What tells one state of the file from another.
    struct Stamp {
        std::uint64_t inode = 0;
        std::int64_t size = -1;
        std::int64_t seconds = 0;
        std::int64_t nanoseconds = 0;
        bool operator==(const Stamp&) const = default;
    };
    void refresh();
    void read_line(std::string_view line);

    std::string path_;
    Stamp stamp_;
    Time next_look_ = Time::min();
    std::map<std::string, std::vector<IpAddress>, std::less<>> names_;
};

}  // namespace bascule::net
