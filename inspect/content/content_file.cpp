#include "inspect/content/content_file.h"

#include "base/error.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace bascule::inspect {
namespace {

/// mkdir -p of what leads to `path`. A failure shows when the file is opened.
void make_directories(const std::string& path) {
    for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        ::mkdir(path.substr(0, slash).c_str(), 0700);
    }
}

UniqueFd try_open(const std::string& path, ContentAccess access) {
    const int mode = access == ContentAccess::edit ? O_RDWR : O_WRONLY | O_APPEND;
    return UniqueFd(::open(path.c_str(), mode | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600));
}

}  // namespace

UniqueFd open_content_file(const std::string& path, ContentAccess access) {
    auto fd = try_open(path, access);
    if (!fd && errno == ENOENT) {
        make_directories(path);
        fd = try_open(path, access);
    }
    if (!fd && errno == ELOOP) throw Error("{}: is a symbolic link, which is not followed; remove it", path);
    if (!fd && errno != ENXIO) {
        throw Error("{}: {}; the user bascule runs as must be able to write there", path, errno_text(errno));
    }
    struct stat about{};
    if (!fd || ::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
        throw Error("{}: is not a regular file; decrypted content is written to nothing else", path);
    }
    if ((about.st_mode & 077) != 0 && ::fchmod(fd.get(), 0600) != 0) {
        throw Error("{}: is open to others (mode {:04o}) and belongs to somebody else; remove it", path,
                    about.st_mode & 07777);
    }
    return fd;
}

}  // namespace bascule::inspect
