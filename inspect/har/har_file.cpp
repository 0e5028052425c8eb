#include "inspect/har/har_file.h"

#include "base/error.h"
#include "inspect/content/content_file.h"
#include "inspect/json.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace bascule::inspect {
namespace {

constexpr std::string_view kBegins = R"({"log":{"version":"1.2","creator":{"name":"Bascule",)";
constexpr std::string_view kEntries = R"("entries":[)";
constexpr std::string_view kCloses = "\n]}}\n";

std::string head_of_file(std::string_view version) {
    std::string text(kBegins);
    text += "\"version\":";
    append_json_string(text, version);
    text += "},\"pages\":[],";
    text += kEntries;
    return text;
}

off_t size_of(int file) {
    struct stat about{};
    return ::fstat(file, &about) == 0 ? about.st_size : 0;
}

std::string read_at(int file, off_t at, std::size_t size) {
    std::string text(size, '\0');
    const auto got = ::pread(file, text.data(), size, at);
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
}

/// Where the last line begins that is whole; entries hold no line ends.
off_t end_of_last_line(int file, off_t size) {
    constexpr off_t step = 64 << 10;
    for (off_t end = size; end > 0;) {
        const auto begin = std::max<off_t>(end - step, 0);
        const auto text = read_at(file, begin, static_cast<std::size_t>(end - begin));
        if (const auto line = text.rfind('\n'); line != text.npos) return begin + static_cast<off_t>(line);
        end = begin;
    }
    return 0;
}

/// Whether a crash has torn the write that was to replace the closing within it: the beginning of an entry stands
/// before what is left of it.
bool is_torn(std::string_view tail) {
    for (const std::string_view fresh : {",\n{\"", "\n{\""}) {
        for (std::size_t written = 1; written < kCloses.size(); ++written) {
            const bool begun = tail.starts_with(fresh.substr(0, written));
            if (begun && tail.substr(written) == kCloses.substr(written)) return true;
        }
    }
    return false;
}

}  // namespace

HarFile::HarFile(std::string path, std::string_view version)
    : path_(std::move(path)), file_(open_content_file(path_, ContentAccess::edit)) {
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
        throw Error("{}: another process writes it; give each its own", path_);
    }
    const auto size = size_of(file_.get());
    size == 0 ? begin(version) : continue_after(size);
    if (fault_ != 0) throw Error("{}: {}", path_, errno_text(fault_));
}

bool HarFile::write(std::string_view octets, off_t at) {
    while (!octets.empty()) {
        const auto done = ::pwrite(file_.get(), octets.data(), octets.size(), at);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            fault_ = done < 0 ? errno : ENOSPC;
            return false;
        }
        octets.remove_prefix(static_cast<std::size_t>(done));
        at += done;
    }
    return true;
}

void HarFile::begin(std::string_view version) {
    const auto head = head_of_file(version);
    end_ = static_cast<off_t>(head.size());
    if (!write(head + std::string(kCloses), 0) && ::ftruncate(file_.get(), 0) != 0) fault_ = errno;
}

/// The closing, or where a crash has left half an entry in its place.
void HarFile::continue_after(off_t size) {
    const auto head = read_at(file_.get(), 0, 512);
    const auto entries = head.find(kEntries);
    if (!head.starts_with(kBegins) || entries == head.npos) {
        throw Error("{}: is there, and is no HAR file of ours; it is left alone, name another", path_);
    }
    const auto closing = static_cast<off_t>(kCloses.size());
    const auto first = static_cast<off_t>(entries + kEntries.size());
    const auto tail = size >= closing ? read_at(file_.get(), size - closing, kCloses.size()) : std::string();
    const bool closed = tail == kCloses;
    end_ = std::max(first, closed || is_torn(tail) ? size - closing : end_of_last_line(file_.get(), size));
    empty_ = end_ == first;
    if (!empty_ && read_at(file_.get(), end_ - 1, 1) == ",") --end_;
    if (!closed && write(kCloses, end_) && ::ftruncate(file_.get(), end_ + closing) != 0) fault_ = errno;
}

bool HarFile::add(std::string_view entry) {
    std::string text = empty_ ? "\n" : ",\n";
    text += entry;
    const auto grown = static_cast<off_t>(text.size());
    text += kCloses;
    if (write(text, end_)) {
        end_ += grown;
        empty_ = false;
        return true;
    }
    const int why = fault_;
    if (write(kCloses, end_) && ::ftruncate(file_.get(), end_ + static_cast<off_t>(kCloses.size())) != 0) return false;
    fault_ = why;
    return false;
}

bool HarFile::moved() const {
    struct stat here{}, there{};
    if (::fstat(file_.get(), &here) != 0 || ::stat(path_.c_str(), &there) != 0) return true;
    return here.st_ino != there.st_ino || here.st_dev != there.st_dev;
}

}  // namespace bascule::inspect
