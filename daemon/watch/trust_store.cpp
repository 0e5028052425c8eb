#include "daemon/watch/trust_store.h"

#include "base/error.h"
#include "daemon/watch/namespaces.h"
#include "daemon/watch/system_roots.h"
#include "tls/x509/root_directory.h"

#include <fmt/format.h>
#include <sys/mount.h>

#include <filesystem>

namespace bascule::daemon {
namespace {

namespace fs = std::filesystem;

constexpr auto kDirectory = "/etc/ssl/certs";  // of symbolic links named by hash: OPENSSLDIR/certs leads here

void mount_over(const std::string& place, const std::string& what) {
    if (!fs::exists(place)) return;
    if (::mount(what.c_str(), place.c_str(), nullptr, MS_BIND, nullptr) != 0) {
        throw Error("{}: cannot be mounted over: {}; {}", place, errno_text(errno), kHowToCapture);
    }
}

/// The first free HASH.N, as c_rehash(1) names it.
std::string free_name(const std::string& directory, const std::string& hash) {
    for (int i = 0;; ++i) {
        auto name = fmt::format("{}/{}.{}", directory, hash, i);
        if (!fs::exists(fs::symlink_status(name))) return name;
    }
}

/// The directory as it is, and our CA in it.
std::string directory_with_ca(const Home& home) {
    const auto copy = home.folder() + "/certs";
    fs::copy(kDirectory, copy, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    fs::copy_file(home.ca, free_name(copy, tls::name_in_root_directory(home.ca)));
    return copy;
}

}  // namespace

void mount_trust_store(const Home& home) {
    if (fs::is_directory(kDirectory)) mount_over(kDirectory, directory_with_ca(home));
    for (const auto* file : kSystemBundles) mount_over(file, home.bundle);
    for (const auto* file : kJavaStores) mount_over(file, home.java_store);
}

}  // namespace bascule::daemon
