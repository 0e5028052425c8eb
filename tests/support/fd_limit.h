#pragma once

#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/resource.h>

namespace bascule::test {

/// While it lives this process gets no further descriptor. UBSan opens a pipe when it meets a type for the first time,
/// and takes its failure for a bad object: do what is to be tested once before, without this.
class NoMoreDescriptors {
  public:
    NoMoreDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        // The lowest free number is the first that the limit must exclude.
        const UniqueFd lowest(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const rlimit lowered{.rlim_cur = static_cast<rlim_t>(lowest.get()), .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &lowered);
    }
    NoMoreDescriptors(const NoMoreDescriptors&) = delete;
    ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

}  // namespace bascule::test
