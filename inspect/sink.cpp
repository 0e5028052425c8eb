#include "inspect/sink.h"

#include "base/error.h"
#include "inspect/journal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <mutex>

namespace bascule::inspect {
namespace {

constexpr int kSlice = 100;     // milliseconds of one wait
constexpr int kLastSlices = 5;  // waits without progress before a reader is given up, once in a hurry

bool is_regular(int fd) {
    struct stat about{};
    return ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

bool await_room(int fd, const std::atomic<bool>& hurried) {
    for (int idle = 0; !hurried || idle < kLastSlices; ++idle) {
        pollfd ask{fd, POLLOUT, 0};
        if (::poll(&ask, 1, kSlice) > 0) return true;
    }
    errno = ENOBUFS;  // the pipe is full and stays so
    return false;
}

/// At most PIPE_BUF octets, so that a pipe that polls as writable takes them without waiting; whole lines if possible.
std::string_view next_piece(std::string_view rest) {
    if (rest.size() <= PIPE_BUF) return rest;
    const auto piece = rest.substr(0, PIPE_BUF);
    const auto line_end = piece.rfind('\n');
    return line_end == std::string_view::npos ? piece : piece.substr(0, line_end + 1);
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Error cannot_open(const std::string& path, int code) {
    const auto directory = directory_of(path);
    if (code == ENOENT) {
        return Error(
            "{}: directory {} does not exist; create it owned by the user bascule runs as (systemd: "
            "LogsDirectory=)",
            path, directory);
    }
    if (code == EACCES || code == EPERM || code == EROFS) {
        return Error(
            "{}: {}; the user bascule runs as (uid {}) must be able to write to it and to {} (systemd: "
            "LogsDirectory= or ReadWritePaths=)",
            path, errno_text(code), ::geteuid(), directory);
    }
    if (code == ELOOP) return Error("{}: is a symbolic link, which is not followed; name the file itself", path);
    if (code == EISDIR) return Error("{}: is a directory; name a file in it", path);
    if (code == ENXIO) return Error("{}: nobody reads from this pipe; start its reader first", path);
    return Error("{}: {}; name a file that can be written, or write to stderr", path, errno_text(code));
}

UniqueFd open_appending(const std::string& path) {
    UniqueFd fd(
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0640));
    if (!fd) throw cannot_open(path, errno);
    return fd;
}

/// Lines to a descriptor. A line that was cut by a full disk is ended before the next one begins.
class DescriptorSink : public Sink {
  public:
    std::uint64_t write(std::string_view lines) override {
        if (torn_ && put("\n") == 0) torn_ = false;
        const auto left = torn_ ? lines.size() : put(lines);
        if (left == 0) return 0;
        const auto rest = lines.substr(lines.size() - left);
        torn_ = torn_ || (left < lines.size() && lines[lines.size() - left - 1] != '\n');
        return static_cast<std::uint64_t>(std::ranges::count(rest, '\n'));
    }

  protected:
    void attach(int fd) {
        fd_ = fd;
        regular_ = is_regular(fd);
    }
    void whole() { torn_ = false; }

  private:
    /// How many octets could not be written.
    std::size_t put(std::string_view octets) {
        const bool given_up = hurried_ && fault_ == ENOBUFS;
        if (!given_up && !write_out(fd_, regular_, octets, hurried_)) fault_ = errno;
        return octets.size();
    }

    int fd_ = -1;
    bool regular_ = false;
    bool torn_ = false;
};

class FileSink : public DescriptorSink {
  public:
    explicit FileSink(std::string path) : path_(std::move(path)) { reopen(); }
    void reopen() final {
        file_ = open_appending(path_);
        attach(file_.get());
        whole();
    }

  private:
    std::string path_;
    UniqueFd file_;
};

class OpenFileSink : public DescriptorSink {
  public:
    explicit OpenFileSink(UniqueFd file) : file_(std::move(file)) { attach(file_.get()); }

  private:
    UniqueFd file_;
};

std::mutex& stderr_turn() {
    static std::mutex turn;
    return turn;
}

class StderrSink : public DescriptorSink {
  public:
    StderrSink() { attach(STDERR_FILENO); }
    std::uint64_t write(std::string_view lines) override {
        const std::lock_guard turn(stderr_turn());
        return DescriptorSink::write(lines);
    }
};

class JournalSink : public Sink {
  public:
    JournalSink() { require_journal(); }
    std::uint64_t write(std::string_view frames) override { return send_to_journal(frames, fault_); }
};

}  // namespace

std::unique_ptr<Sink> open_log_file(const std::string& path) {
    return std::make_unique<FileSink>(path);
}

std::unique_ptr<Sink> open_stderr() {
    return std::make_unique<StderrSink>();
}

std::unique_ptr<Sink> sink_to(UniqueFd file) {
    return std::make_unique<OpenFileSink>(std::move(file));
}

std::unique_ptr<Sink> open_journal() {
    return std::make_unique<JournalSink>();
}

bool stderr_is_journal() {
    const char* stream = ::secure_getenv("JOURNAL_STREAM");
    struct stat about{};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &about) != 0) return false;
    return fmt::format("{}:{}", about.st_dev, about.st_ino) == stream;
}

bool write_out(int fd, bool regular, std::string_view& rest, const std::atomic<bool>& hurried) {
    while (!rest.empty()) {
        if (!regular && !await_room(fd, hurried)) return false;
        const auto piece = regular ? rest : next_piece(rest);
        const auto written = ::write(fd, piece.data(), piece.size());
        if (written >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR && errno != EAGAIN) {
            return false;
        }
    }
    return true;
}

void tell_stderr(std::string_view line) {
    const std::unique_lock turn(stderr_turn(), std::try_to_lock);
    pollfd ask{STDERR_FILENO, POLLOUT, 0};
    if (!turn || ::poll(&ask, 1, 0) <= 0) return;
    const auto text = fmt::format("{}\n", line);
    // There is nowhere left to say that this failed too.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace bascule::inspect
