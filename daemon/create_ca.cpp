#include "base/duration.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "daemon/commands.h"
#include "tls/signer/create_authority.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iostream>

namespace bascule::daemon {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrong = 2;

/// What of the options is wrong, as Error: wrong usage.
tls::NewAuthority read_options(const CreateCaOptions& options) {
    constexpr Duration longest = std::chrono::hours(24 * 365 * 30);
    tls::NewAuthority wanted{.common_name = options.name};
    if (options.key == "rsa-3072") {
        wanted.key = tls::AuthorityKey::rsa_3072;
    } else if (options.key != "ecdsa-p256") {
        throw Error("--key {}: write ecdsa-p256 or rsa-3072", options.key);
    }
    auto text = options.lifetime;
    const bool years = text.ends_with('y');
    if (years) text.back() = 'd';
    const auto span = parse_duration(text);
    if (!span || (years && *span > longest / 365)) throw Error("--lifetime {}: write 5y or 90d", options.lifetime);
    wanted.lifetime = years ? *span * 365 : *span;
    if (wanted.lifetime < std::chrono::hours(48) || wanted.lifetime > longest) {
        throw Error("--lifetime {}: at least 2d, at most 30y", options.lifetime);
    }
    try {
        for (const auto& name : options.permitted) wanted.constraints.permit(name);
        for (const auto& name : options.excluded) wanted.constraints.exclude(name);
    } catch (const Error& error) {
        throw Error("--permit, --exclude: {}", error.what());
    }
    return wanted;
}

void write_file(const std::string& path, const std::string& content, mode_t mode) {
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file) {
        throw Error("{}: {}", path,
                    errno == EEXIST
                        ? "exists already; a CA is never overwritten: choose another directory, or move it away"
                        : errno_text(errno));
    }
    if (::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
        ::fsync(file.get()) != 0) {
        throw Error("{}: {}", path, errno_text(errno));
    }
}

/// For each kind of client what makes it trust the file.
std::string instructions(const std::string& certificate) {
    return fmt::format(
        R"(Install {0} on the clients, and compare the fingerprint there:
  Debian, Ubuntu   cp {0} /usr/local/share/ca-certificates/bascule.crt && update-ca-certificates
  Fedora, RHEL     cp {0} /etc/pki/ca-trust/source/anchors/bascule.crt && update-ca-trust
  Chromium (NSS)   certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n bascule -i {0}
  Firefox          Settings > Privacy & Security > Certificates > View Certificates > Authorities > Import; for many:
                   policies.json, {{"policies": {{"Certificates": {{"Install": ["{0}"]}}}}}}
  Android          Settings > Security > Encryption & credentials > Install a certificate > CA certificate; apps trust it
                   only where their network security configuration names user certificates
  iOS, iPadOS      open the file, install the profile, then Settings > General > About > Certificate Trust Settings
  Java             keytool -importcert -cacerts -storepass changeit -noprompt -alias bascule -file {0}
)",
        certificate);
}

}  // namespace

int create_ca(const CreateCaOptions& options) {
    tls::NewAuthority wanted;
    try {
        wanted = read_options(options);
    } catch (const Error& error) {
        std::cerr << "bascule: " << error.what() << "; try: bascule ca create --help\n";
        return kWrong;
    }
    try {
        std::filesystem::create_directories(options.directory);
        const auto made = tls::create_authority(wanted);
        const auto certificate = options.directory + "/ca.crt";
        const auto key = options.directory + "/ca.key";
        if (std::filesystem::exists(certificate))
            throw Error("{}: exists already; a CA is never overwritten", certificate);
        write_file(key, made.key_pem, 0600);
        write_file(certificate, made.certificate_pem, 0644);
        std::cout << fmt::format("{}\n{}\nsubject      CN={}\nfingerprint  sha256 {}\nexpires      {}\n\n", certificate,
                                 key, options.name, made.fingerprint, made.not_after)
                  << instructions(certificate) << "\nKeep " << key << " to yourself.\n";
        return kDone;
    } catch (const std::exception& error) {
        std::cerr << "bascule: " << error.what() << '\n';
        return kFailed;
    }
}

}  // namespace bascule::daemon
