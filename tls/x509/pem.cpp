#include "tls/x509/pem.h"

#include "base/unique_fd.h"
#include "tls/openssl.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

namespace bascule::tls {
namespace {

constexpr std::size_t kLargestFile = 16_MiB;

UniqueFd open_file(const std::string& path) {
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) throw CannotOpen(path, errno);
    return file;
}

unsigned mode_of(const UniqueFd& file, const std::string& path) {
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) throw Error("{}: {}", path, errno_text(errno));
    return status.st_mode & 07777U;
}

std::string read_all(const UniqueFd& file, const std::string& path) {
    std::string text;
    std::size_t filled = 0;
    for (;;) {
        text.resize(filled + 64_KiB);
        const auto got = ::read(file.get(), text.data() + filled, text.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Error("{}: {}", path, errno_text(errno));
        filled += static_cast<std::size_t>(got);
        if (filled > kLargestFile) throw Error("{}: larger than 16 MiB, which is no PEM file", path);
        if (got == 0) break;
    }
    text.resize(filled);
    return text;
}

BioHandle view_of(const std::string& text) {
    BioHandle bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    require(bio != nullptr, "memory");
    return bio;
}

/// Whether all that happened is that no further PEM block begins.
bool only_ended() {
    const auto code = ERR_peek_last_error();
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

/// All of one kind in a file, at least one.
template <class Owned, class Read>
std::vector<Owned> read_blocks(const std::string& path, Read read, const char* kind) {
    const auto text = read_all(open_file(path), path);
    const auto bio = view_of(text);
    std::vector<Owned> blocks;
    ERR_clear_error();
    while (Owned block{read(bio.get(), nullptr, nullptr, nullptr)}) blocks.push_back(std::move(block));
    if (!only_ended()) {
        throw Error("{}: {} {} is broken ({})", path, kind, blocks.size() + 1, take_openssl_reason());
    }
    ERR_clear_error();
    if (blocks.empty()) throw Error("{}: holds no {} in PEM form", path, kind);
    return blocks;
}

int no_password(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return 0;
}

}  // namespace

std::vector<CertificateHandle> read_certificates(const std::string& path) {
    return read_blocks<CertificateHandle>(path, PEM_read_bio_X509, "certificate");
}

std::vector<CrlHandle> read_revocation_lists(const std::string& path) {
    return read_blocks<CrlHandle>(path, PEM_read_bio_X509_CRL, "revocation list");
}

std::string read_private_file(const std::string& path, SecretFile kind) {
    const unsigned forbidden = kind == SecretFile::credential ? 037 : 077;
    const auto file = open_file(path);
    const auto mode = mode_of(file, path);
    if ((mode & forbidden) != 0) {
        throw Error("{} is {} by others (mode {:04o}); run: chmod 600 {}", path,
                    (mode & forbidden & 044) != 0 ? "readable" : "writable", mode, path);
    }
    return read_all(file, path);
}

KeyHandle read_private_key(const std::string& path, SecretFile kind) {
    auto text = read_private_file(path, kind);
    const auto bio = view_of(text);
    bool encrypted = false;
    ERR_clear_error();
    KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, &encrypted));
    OPENSSL_cleanse(text.data(), text.size());
    if (key) return key;
    const auto reason = take_openssl_reason();
    if (encrypted) {
        throw Error("{}: is encrypted, and nobody can be asked for its password; decrypt it with: openssl pkey -in {}",
                    path, path);
    }
    throw Error("{}: holds no private key in PEM form ({})", path, reason);
}

std::string read_secret_line(const std::string& path) {
    auto text = read_private_file(path);
    auto line = text.substr(0, text.find_first_of("\r\n"));
    OPENSSL_cleanse(text.data(), text.size());
    return line;
}

}  // namespace bascule::tls
