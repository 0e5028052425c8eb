#pragma once

#include "config/config.h"
#include "tls/leaf/own_certificate.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bascule::proxy {

/// The configuration's `certificates`, loaded and checked. Immutable once loaded.
class OwnCertificates {
  public:
    struct Findings {
        std::vector<config::Problem> problems;  ///< nothing is served with these
        std::vector<config::Problem> warnings;
    };
    /// With `before`, what was loaded then stays where its key may not be read any more (it is root's alone, and we
    /// have become another user since) and the certificate is the same.
    void load(const std::vector<config::OwnCertificate>& entries, const OwnCertificates* before, Findings& findings);

    /// The first entry's that names it; null: none does, and one is forged.
    std::shared_ptr<const tls::Leaf> find(std::string_view server_name) const;

  private:
    struct Entry {
        std::shared_ptr<const rules::NameSet> names;
        std::string certificate, key;  ///< paths
        std::shared_ptr<const tls::Leaf> leaf;
    };
    std::shared_ptr<const tls::Leaf> loaded_from(const config::OwnCertificate& entry) const;

    std::vector<Entry> entries_;
};

}  // namespace bascule::proxy
