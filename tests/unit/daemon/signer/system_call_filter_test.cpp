#include "daemon/signer/system_call_filter.h"

#include "tests/support/catch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

using namespace bascule::daemon;

namespace {

/// Whether `attempt` is refused with EPERM in a process of its own that has the filter. It returns -1 where it fails.
bool refused(const std::function<long()>& attempt) {
    const pid_t child = ::fork();
    if (child == 0) {
        filter_system_calls();
        ::_exit(attempt() == -1 && errno == EPERM ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a confined signer reads files, and opens none for writing") {
    CHECK_FALSE(refused([] { return ::open("/etc/passwd", O_RDONLY | O_CLOEXEC); }));
    for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_RDONLY | O_CREAT, O_WRONLY | O_APPEND}) {
        CAPTURE(flags);
        CHECK(refused([&] { return ::open("/dev/null", flags, 0600); }));
        CHECK(refused([&] { return ::openat(AT_FDCWD, "/dev/null", flags, 0600); }));
    }
    CHECK(refused([] { return ::creat("/dev/null", 0600); }));
}

TEST_CASE("a confined signer changes no file by its name") {
    CHECK(refused([] { return ::unlink("/nonexistent/file"); }));
    CHECK(refused([] { return ::rename("/nonexistent/file", "/nonexistent/other"); }));
    CHECK(refused([] { return ::mkdir("/nonexistent/folder", 0700); }));
    CHECK(refused([] { return ::symlink("/nonexistent/file", "/nonexistent/link"); }));
    CHECK(refused([] { return ::chmod("/nonexistent/file", 0600); }));
    CHECK(refused([] { return ::truncate("/nonexistent/file", 0); }));
}

TEST_CASE("a confined signer runs no program and has no socket but Unix ones") {
    CHECK(refused([] { return ::execl("/bin/true", "true", static_cast<char*>(nullptr)); }));
    CHECK(refused([] { return ::socket(AF_INET, SOCK_STREAM, 0); }));
    CHECK_FALSE(refused([] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }));
}
