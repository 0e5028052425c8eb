#include "proxy/learn/learned_file.h"

#include "base/error.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "rules/name_set.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

namespace bascule::proxy {
namespace {

using Because = LearnedEntry::Because;

constexpr std::size_t kLargestFile = 8 << 20;  // the most entries, all with the longest names, are less
constexpr std::array<std::string_view, 2> kBecause{"refused", "certificate-wanted"};
constexpr std::string_view kHead = "# Passthrough that bascule has learned: see bascule(8), learned.\n";

/// RFC 3339 in UTC, whole seconds.
std::optional<WallTime> parse_time(const std::string& text) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (!end || *end != '\0') return std::nullopt;
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return std::islower(c) || c == '_'; });
}

FileStamp stamp_of(const struct stat& about) {
    return {.device = about.st_dev,
            .inode = about.st_ino,
            .size = static_cast<std::uint64_t>(about.st_size),
            .changed = about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec};
}

/// At most `most` octets.
std::string read_all(int fd, const std::string& path, std::size_t most) {
    std::string text;
    std::array<char, 65536> piece{};
    while (text.size() < most) {
        const auto count = ::read(fd, piece.data(), std::min(piece.size(), most - text.size()));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error("{}: {}", path, errno_text(errno));
        if (count == 0) break;
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
    return text;
}

void write_all(int fd, const std::string& path, std::string_view text) {
    while (!text.empty()) {
        const auto count = ::write(fd, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error("{}: {}", path, errno_text(errno));
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fsync(fd) != 0) throw Error("{}: {}", path, errno_text(errno));
}

UniqueFd open_directory(const std::string& directory) {
    UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) throw Error("{}: {}", directory, errno_text(errno));
    return fd;
}

/// Root writes for whom the file belongs to: the one before, else the directory.
void give_to_owner(int fd, const std::string& path, const std::string& directory) {
    struct stat about{};
    if (::geteuid() != 0) return;
    if (::lstat(path.c_str(), &about) != 0 && ::stat(directory.c_str(), &about) != 0) return;
    if (::fchown(fd, about.st_uid, about.st_gid) != 0) throw Error("{}: {}", path, errno_text(errno));
}

}  // namespace

std::string line_of(const LearnedEntry& entry) {
    return fmt::format("{:.19}Z {} {} {} {} {}", format_time(entry.until),
                       entry.subject.client ? entry.subject.client->text() : "*", entry.subject.server_name,
                       kBecause.at(static_cast<std::size_t>(entry.because)), entry.alert.empty() ? "-" : entry.alert,
                       entry.times);
}

std::optional<LearnedEntry> entry_in(const std::string& line) {
    std::istringstream fields(line);
    std::string until, client, name, because, alert, rest;
    LearnedEntry entry;
    if (!(fields >> until >> client >> name >> because >> alert >> entry.times) || fields >> rest) return std::nullopt;
    const auto time = parse_time(until);
    const auto* const reason = std::ranges::find(kBecause, because);
    if (!time || reason == kBecause.end() || rules::normalize_name(name) != name) return std::nullopt;
    entry.subject = {.client = IpAddress::parse(client), .server_name = name};
    if (!entry.subject.client && client != "*") return std::nullopt;
    entry.until = *time;
    entry.because = static_cast<Because>(reason - kBecause.begin());
    if (alert == "-") return entry;
    if (!is_word(alert)) return std::nullopt;
    entry.alert = alert;
    return entry;
}

void merge(std::vector<LearnedEntry>& entries, const LearnedEntry& entry) {
    std::erase_if(entries, [&](const LearnedEntry& other) { return other.subject == entry.subject; });
    entries.push_back(entry);
}

LearnedFile::LearnedFile(std::string directory) : directory_(std::move(directory)), path_(directory_ + "/learned") {}

LearnedFile::Lock::Lock(const std::string& directory) : fd_(open_directory(directory).release()) {
    while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
}

LearnedFile::Lock::~Lock() {
    ::close(fd_);
}

FileStamp LearnedFile::stamp() const {
    struct stat about{};
    return ::lstat(path_.c_str(), &about) == 0 ? stamp_of(about) : FileStamp{};
}

LearnedFile::Content LearnedFile::read(WallTime now) const {
    Content content;
    const UniqueFd file(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno == ENOENT) return content;
    struct stat about{};
    if (!file || ::fstat(file.get(), &about) != 0) throw Error("{}: {}", path_, errno_text(errno));
    if (!S_ISREG(about.st_mode)) throw Error("{}: is not a regular file", path_);
    content.stamp = stamp_of(about);
    std::istringstream lines(read_all(file.get(), path_, kLargestFile));
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        if (line.empty() || line.starts_with('#')) continue;
        if (const auto entry = entry_in(line); !entry) {
            content.faults.push_back(
                fmt::format("{}:{}: not an entry, skipped: \"{}\"", path_, number, escape(line.substr(0, 80))));
        } else if (entry->until > now) {
            content.entries.push_back(*entry);
        }
    }
    return content;
}

FileStamp LearnedFile::write(const std::vector<LearnedEntry>& entries) const {
    std::string text(kHead);
    const auto dropped = entries.size() - std::min(entries.size(), Learned::kMost);
    for (auto entry = entries.begin() + static_cast<std::ptrdiff_t>(dropped); entry != entries.end(); ++entry) {
        text += line_of(*entry) + '\n';
    }
    const auto fresh = path_ + ".new";
    ::unlink(fresh.c_str());  // of one that was cut short
    const UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) throw Error("{}: {}", fresh, errno_text(errno));
    give_to_owner(file.get(), path_, directory_);
    write_all(file.get(), fresh, text);
    struct stat about{};
    if (::fstat(file.get(), &about) != 0 || ::rename(fresh.c_str(), path_.c_str()) != 0) {
        throw Error("{}: {}", path_, errno_text(errno));
    }
    ::fsync(open_directory(directory_).get());
    return stamp_of(about);
}

}  // namespace bascule::proxy
