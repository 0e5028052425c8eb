#include "proxy/tap/key_tap.h"

#include <fmt/format.h>

namespace bascule::proxy {

KeyTap::KeyTap(inspect::KeyLog& log, const std::string& path, const std::string& id, std::string_view leg)
    : log_(log), path_(path), comment_(fmt::format("# {} {}\n", id, leg)) {}

void KeyTap::take_key(std::string_view line) {
    log_.add(path_, fmt::format("{}{}\n", std::exchange(comment_, {}), line));
}

}  // namespace bascule::proxy
