#pragma once

#include "base/address.h"
#include "net/name/watched_file.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bascule::net {

/// A hosts(5) file: names to addresses, read again when it has changed. A file that cannot be read has no names.
class HostsFile {
  public:
    explicit HostsFile(std::string path) : file_(std::move(path)) {}

    /// The addresses of a lower-case name, in the order of the file, from all lines; null where it has none. Valid
    /// until the next find().
    const std::vector<IpAddress>* find(std::string_view name, Time now);

  private:
    void read_line(std::string_view line);

    WatchedFile file_;
    std::map<std::string, std::vector<IpAddress>, std::less<>> names_;
};

}  // namespace bascule::net
