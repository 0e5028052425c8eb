#include "net/name/watched_file.h"

#include "base/bytes.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

namespace bascule::net {
namespace {

/// More than the largest block lists; what lies beyond is not read.
constexpr std::size_t kLargestFile = 64_MiB;

}  // namespace

WatchedFile::Stamp WatchedFile::stamp() const {
    struct stat facts{};
    if (::stat(path_.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return {};
    return {facts.st_ino, facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec};
}

bool WatchedFile::has_changed(Time now) {
    if (now < next_look_) return false;
    next_look_ = now + std::chrono::seconds(1);
    return std::exchange(stamp_, stamp()) != stamp_;
}

std::string WatchedFile::read() const {
    if (stamp_.size <= 0) return {};
    const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return {};
    std::string text(std::min(static_cast<std::size_t>(stamp_.size), kLargestFile), '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const ssize_t got = ::read(fd.get(), text.data() + filled, text.size() - filled);
        if (got <= 0) break;
        filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
    return text;
}

std::string_view next_word(std::string_view& line) {
    constexpr std::string_view blank = " \t\r\v\f";
    line.remove_prefix(std::min(line.find_first_not_of(blank), line.size()));
    const auto word = line.substr(0, line.find_first_of(blank));
    line.remove_prefix(word.size());
    return word;
}

std::string_view next_line(std::string_view& text) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

}  // namespace bascule::net
