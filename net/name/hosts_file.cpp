#include "net/name/hosts_file.h"

#include "base/bytes.h"
#include "base/text.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

namespace bascule::net {
namespace {

/// More than the largest block lists; what lies beyond is not read.
constexpr std::size_t kLargestFile = 64_MiB;
constexpr std::size_t kMostAddressesOfAName = 32;

std::string read_all(int fd, std::size_t size) {
    std::string text(std::min(size, kLargestFile), '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const ssize_t got = ::read(fd, text.data() + filled, text.size() - filled);
        if (got <= 0) break;
        filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
    return text;
}

/// The next word of a line, which loses it; empty at the end.
std::string_view next_word(std::string_view& line) {
    constexpr std::string_view blank = " \t\r\v\f";
    line.remove_prefix(std::min(line.find_first_not_of(blank), line.size()));
    const auto word = line.substr(0, line.find_first_of(blank));
    line.remove_prefix(word.size());
    return word;
}

}  // namespace

const std::vector<IpAddress>* HostsFile::find(std::string_view name, Time now) {
    if (now >= next_look_) {
        next_look_ = now + std::chrono::seconds(1);
        refresh();
    }
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &found->second;
}

void HostsFile::refresh() {
    struct stat facts{};
    const bool there = ::stat(path_.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
    const Stamp stamp =
        there ? Stamp{facts.st_ino, facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec} : Stamp{};
    if (stamp == stamp_) return;
    stamp_ = stamp;
    names_.clear();
    if (!there) return;
    const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return;
    const std::string text = read_all(fd.get(), static_cast<std::size_t>(facts.st_size));
    for (std::string_view rest = text; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        read_line(line.substr(0, line.find('#')));
    }
}

void HostsFile::read_line(std::string_view line) {
    const auto first = next_word(line);
    const auto address = IpAddress::parse(first.substr(0, first.find('%')));  // a scope id is not kept
    if (!address) return;
    for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
        auto& addresses = names_[to_lower(word)];
        if (addresses.size() >= kMostAddressesOfAName || std::ranges::find(addresses, *address) != addresses.end())
            continue;
        addresses.push_back(*address);
    }
}

}  // namespace bascule::net
