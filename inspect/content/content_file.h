#pragma once

#include "base/unique_fd.h"

#include <cstdint>
#include <string>

namespace bascule::inspect {

enum class ContentAccess : std::uint8_t { append, edit };  ///< edit: read, and written anywhere

/// A file for decrypted content: mode 0600 whatever it had, missing directories with 0700, no symbolic
/// link, and only ever a regular file (a pipe or a device is refused without waiting for it). Throws Error.
UniqueFd open_content_file(const std::string& path, ContentAccess access = ContentAccess::append);

}  // namespace bascule::inspect
