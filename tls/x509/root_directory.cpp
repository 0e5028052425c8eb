#include "tls/x509/root_directory.h"

#include "tls/x509/pem.h"

#include <fmt/format.h>

namespace bascule::tls {

std::string name_in_root_directory(const std::string& certificate_file) {
    return fmt::format("{:08x}", X509_subject_name_hash(read_certificates(certificate_file).front().get()));
}

}  // namespace bascule::tls
