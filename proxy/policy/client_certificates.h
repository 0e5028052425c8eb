#pragma once

#include "config/config.h"
#include "tls/verify/client_trust.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bascule::proxy {

/// The CAs that each listener's clients must have a certificate of (listeners[].client_ca), by file. Immutable once
/// loaded.
class ClientCertificates {
  public:
    /// With `before`, files that only it names stay as they were: a listener that has been changed is the old one until
    /// a restart.
    void load(const std::vector<config::Listener>& listeners, const ClientCertificates* before,
              std::vector<config::Problem>& problems);

    /// Null where the listener asks for no certificate.
    std::shared_ptr<const tls::ClientTrust> asked_by(const config::Listener& listener) const;

  private:
    std::map<std::string, std::shared_ptr<const tls::ClientTrust>> files_;
};

}  // namespace bascule::proxy
