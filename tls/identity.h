#pragma once

#include "tls/handles.h"

#include <memory>
#include <string>
#include <vector>

namespace bascule::tls {

/// A certificate with its chain and key, that we show as it is.
struct Identity {
    CertificateHandle certificate;
    std::vector<CertificateHandle> chain;  ///< without the certificate
    KeyHandle key;

    /// PEM files: the certificate first, then its chain. Throws Error: path, why; a key that is not the certificate's.
    static std::shared_ptr<const Identity> load(const std::string& certificate_path, const std::string& key_path);
};

}  // namespace bascule::tls
