#pragma once

#include "base/error.h"
#include "tls/handles.h"

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

/// PEM files (RFC 7468). All throw Error with a text that begins with the file's path.
namespace bascule::tls {

/// The file cannot be opened: it is not there (ENOENT), or may not be read.
class CannotOpen : public Error {
  public:
    CannotOpen(const std::string& path, int error)
        : Error("{}: {}", path, error == ENOENT ? "No such file" : errno_text(error)), error(error) {}
    int error;
};

/// Every certificate in the file; at least one.
std::vector<CertificateHandle> read_certificates(const std::string& path);

/// Every revocation list in the file; at least one.
std::vector<CrlHandle> read_revocation_lists(const std::string& path);

/// Of a credential the group bits are the mask of its ACL (systemd gives the service's user the right to read).
enum class SecretFile : std::uint8_t { own, credential };

/// The octets of a file that holds secrets: refused if its group or others may touch it (with the chmod to run).
std::string read_private_file(const std::string& path, SecretFile kind = SecretFile::own);

/// A private key that is not encrypted. Refused if its group or others may touch the file (with the chmod to run).
KeyHandle read_private_key(const std::string& path, SecretFile kind = SecretFile::own);

/// The first line of a file that holds a secret, with the same demand on its mode.
std::string read_secret_line(const std::string& path);

}  // namespace bascule::tls
