#include "proxy/policy/client_certificates.h"

#include "base/error.h"

namespace bascule::proxy {

void ClientCertificates::load(const std::vector<config::Listener>& listeners, const ClientCertificates* before,
                              std::vector<config::Problem>& problems) {
    for (std::size_t i = 0; i < listeners.size(); ++i) {
        const auto& file = listeners[i].client_ca;
        if (!file || files_.contains(file->value)) continue;
        try {
            files_[file->value] = tls::ClientTrust::load(file->value);
        } catch (const Error& error) {
            problems.push_back(
                {.place = file->place, .path = fmt::format("listeners[{}].client_ca", i), .message = error.what()});
        }
    }
    if (before) files_.insert(before->files_.begin(), before->files_.end());
}

std::shared_ptr<const tls::ClientTrust> ClientCertificates::asked_by(const config::Listener& listener) const {
    return listener.client_ca ? files_.at(listener.client_ca->value) : nullptr;
}

}  // namespace bascule::proxy
