#pragma once

#include "tls/leaf/leaf.h"

#include <memory>
#include <string>
#include <vector>

namespace bascule::tls {

/// A certificate that is shown as it is, instead of a forged one.
struct OwnCertificate {
    std::shared_ptr<const Leaf> leaf;  ///< with the chain, and no serial: it was not forged
    std::vector<std::string> doubts;   ///< what clients may not accept, for a person: expired, a chain out of order
};

/// Reads PEM files: the certificate first, then its chain; and its key. Throws AuthorityError: a file that is missing
/// or broken, a key that group or others can read or that belongs to another certificate, one that is too weak to be
/// used.
OwnCertificate load_own_certificate(const std::string& certificate_path, const std::string& key_path);

/// The same for a certificate that origins are shown: its strength is theirs to judge.
OwnCertificate load_identity(const std::string& certificate_path, const std::string& key_path);

}  // namespace bascule::tls
