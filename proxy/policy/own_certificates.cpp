#include "proxy/policy/own_certificates.h"

#include "tls/x509/certificate.h"
#include "tls/x509/pem.h"

#include <algorithm>

namespace bascule::proxy {

/// What these very files gave: null where the certificate there is another one by now.
std::shared_ptr<const tls::Leaf> OwnCertificates::loaded_from(const config::OwnCertificate& entry) const {
    const auto found = std::ranges::find_if(entries_, [&](const Entry& one) {
        return one.certificate == entry.certificate.value && one.key == entry.key.value;
    });
    if (found == entries_.end()) return nullptr;
    const auto certificates = tls::read_certificates(entry.certificate.value);
    const bool same =
        tls::fingerprint_of(certificates.front().get()) == tls::fingerprint_of(found->leaf->certificate.get());
    return same ? found->leaf : nullptr;
}

void OwnCertificates::load(const std::vector<config::OwnCertificate>& entries, const OwnCertificates* before,
                           Findings& findings) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto& entry = entries[i];
        Entry made{.names = entry.names, .certificate = entry.certificate.value, .key = entry.key.value, .leaf = {}};
        const auto path = fmt::format("certificates[{}]", i);
        try {
            auto own = tls::load_own_certificate(made.certificate, made.key);
            made.leaf = std::move(own.leaf);
            for (auto& doubt : own.doubts) {
                findings.warnings.push_back(
                    {.place = entry.certificate.place, .path = path + ".certificate", .message = std::move(doubt)});
            }
        } catch (const tls::AuthorityError& error) {
            const bool key = error.file == tls::AuthorityError::File::key;
            if (before && key && error.not_permitted) made.leaf = before->loaded_from(entry);
            if (!made.leaf) {
                findings.problems.push_back({.place = key ? entry.key.place : entry.certificate.place,
                                             .path = path + (key ? ".key" : ".certificate"),
                                             .message = error.what()});
                continue;
            }
        }
        entries_.push_back(std::move(made));
    }
}

std::shared_ptr<const tls::Leaf> OwnCertificates::find(std::string_view server_name) const {
    for (const auto& entry : entries_) {
        if (entry.names->contains(server_name)) return entry.leaf;
    }
    return nullptr;
}

}  // namespace bascule::proxy
