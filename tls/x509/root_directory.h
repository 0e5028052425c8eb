#pragma once

#include <string>

namespace bascule::tls {

/// The name, but for the number after its dot, under which OpenSSL looks for this root in a directory (c_rehash(1)): 8
/// digits of a hash over its subject. Throws Error.
std::string name_in_root_directory(const std::string& certificate_file);

}  // namespace bascule::tls
