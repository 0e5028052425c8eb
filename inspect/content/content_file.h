#pragma once

#include "base/unique_fd.h"

#include <string>

namespace bascule::inspect {

/// A file for decrypted content, appended to: mode 0600 whatever it had, missing directories with 0700, no symbolic
/// link, and only ever a regular file (a pipe or a device is refused without waiting for it). Throws Error.
UniqueFd open_content_file(const std::string& path);

}  // namespace bascule::inspect
