#pragma once

#include "base/unique_fd.h"

#include <sys/types.h>

#include <string>
#include <string_view>

namespace bascule::inspect {

/// A file of HAR 1.2 that grows by entries and is valid JSON after each: an entry and the closing behind it are one
/// write, over the closing that was there. A file that was left by another run is continued. A crash in the middle of a
/// write may leave a part of the entry, and no closing, until then: the part is cut off.
class HarFile {
  public:
    /// As files of content are made. Throws Error: also where the file is another's, or another process writes it.
    HarFile(std::string path, std::string_view version);

    /// One entry (JSON). False: the disk refused it (fault()), and the file is as it was.
    bool add(std::string_view entry);
    int fault() const { return fault_; }
    /// The path leads to another file by now, or to none.
    bool moved() const;

  private:
    void begin(std::string_view version);
    void continue_after(off_t size);
    bool write(std::string_view octets, off_t at);

    std::string path_;
    UniqueFd file_;
    off_t end_ = 0;  ///< where the closing is
    bool empty_ = true;
    int fault_ = 0;
};

}  // namespace bascule::inspect
