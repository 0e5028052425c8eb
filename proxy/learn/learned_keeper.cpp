#include "proxy/learn/learned_keeper.h"

#include "base/error.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <array>
#include <csignal>

namespace bascule::proxy {
namespace {

// How often the file is looked at where the kernel cannot tell us of a change.
constexpr int kLookMilliseconds = 1000;
constexpr std::size_t kMostFaultsTold = 10;

UniqueFd watch_directory(const std::string& directory) {
    UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    const auto what = IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR;
    if (fd && ::inotify_add_watch(fd.get(), directory.c_str(), what) < 0) fd.reset();
    return fd;
}

void drain(int fd) {
    std::array<char, 4096> dropped;
    while (::read(fd, dropped.data(), dropped.size()) > 0) {
    }
}

void ring(int fd) {
    const std::uint64_t one = 1;
    // Nothing is lost where the counter is full: then it has been rung.
    [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
}

}  // namespace

LearnedKeeper::LearnedKeeper(Learned& learned, inspect::Log& log, std::string directory)
    : learned_(learned), log_(log), file_(std::move(directory)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!wake_) throw Error("cannot make an eventfd: {}", errno_text(errno));
    make_directory();
    turn();
    changes_ = watch_directory(file_.directory());
    learned_.tell([fd = wake_.get()] { ring(fd); });
    start();
}

LearnedKeeper::~LearnedKeeper() {
    stop_ = true;
    learned_.tell({});
    ring(wake_.get());
    thread_.join();
}

void LearnedKeeper::make_directory() {
    const auto* path = file_.directory().c_str();
    if ((::mkdir(path, 0700) == 0 || errno == EEXIST) && ::access(path, R_OK | W_OK | X_OK) == 0) return;
    complain(fmt::format("{}: {}", file_.directory(), errno_text(errno)));
}

void LearnedKeeper::start() {
    // Signals are for the thread that runs the daemon.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_setname_np(thread_.native_handle(), "bascule-learned");
}

void LearnedKeeper::run() {
    while (!stop_) {
        std::array<pollfd, 2> waited{{{wake_.get(), POLLIN, 0}, {changes_.get(), POLLIN, 0}}};
        ::poll(waited.data(), waited.size(), changes_ ? -1 : kLookMilliseconds);
        drain(wake_.get());
        if (changes_) drain(changes_.get());
        turn();
    }
    turn();  // what was remembered since
}

void LearnedKeeper::turn() {
    for (auto& entry : learned_.take_unwritten()) {
        if (waiting_.size() < Learned::kMost) waiting_.push_back(std::move(entry));
    }
    try {
        write_or_read();
    } catch (const std::exception& error) {
        complain(error.what());
    }
}

void LearnedKeeper::write_or_read() {
    LearnedFile::Content content;
    FileStamp after;
    const auto now = std::chrono::system_clock::now();
    if (!waiting_.empty()) {
        after = file_.update(now, content, [&](auto& entries) {
            for (const auto& entry : waiting_) merge(entries, entry);
        });
        waiting_.clear();
    } else if (file_.stamp() != seen_) {
        content = file_.read(now);
        after = content.stamp;
    } else {
        return;
    }
    tell_faults(content);
    // Memory holds what we wrote; it follows what others did.
    if (content.stamp != seen_) learned_.replace(content.entries);
    seen_ = after;
}

void LearnedKeeper::tell_faults(const LearnedFile::Content& content) {
    for (std::size_t i = 0; i < std::min(content.faults.size(), kMostFaultsTold); ++i) {
        log_.event(inspect::Level::warning, "learned_file", content.faults[i]);
    }
}

void LearnedKeeper::complain(std::string_view what) {
    if (std::exchange(complained_, true)) return;
    log_.event(
        inspect::Level::warning, "learned_file",
        fmt::format("{}; what is learned is kept in memory only, until a restart (systemd: StateDirectory=)", what));
}

}  // namespace bascule::proxy
