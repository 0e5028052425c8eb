#pragma once

#include "config/config.h"
#include "proxy/policy/client_certificates.h"
#include "proxy/policy/own_certificates.h"
#include "tls/session/ticket_keys.h"
#include "tls/session/upstream_context.h"
#include "tls/signer/authority.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace bascule::proxy {

/// Gives the authority of a `ca`, or throws as tls::Authority::load.
using AuthorityLoader = std::function<std::shared_ptr<const tls::Authority>(const config::Ca&)>;

/// With the key in this process.
std::shared_ptr<const tls::Authority> load_here(const config::Ca& ca);

/// A configuration made ready to serve: the rules with the contexts, roots and authorities they need, loaded and
/// checked. Immutable; a reload makes a new one, and connections keep the one they began with.
class Policy {
  public:
    struct Built {
        std::shared_ptr<const Policy> policy;  ///< null where there is a problem
        std::vector<config::Problem> problems;
    };
    /// `load` reads the CAs: the daemon has its signer process do it, so that it never holds their keys. With `before`,
    /// own certificates are kept where their keys are root's alone and we have become `user` since.
    static Built build(config::Config config, const AuthorityLoader& load = load_here, const Policy* before = nullptr);

    const config::Config& config() const { return config_; }
    const tls::UpstreamContext& upstream_for(const config::Settings& settings) const {
        return *upstreams_.at(settings.upstream.get());
    }
    const std::shared_ptr<const tls::Authority>& authority_for(const config::Settings& settings) const {
        return authorities_.at(settings.ca.get());
    }
    const tls::Authority& authority() const { return *authorities_.at(config_.ca.get()); }
    const tls::TicketKeys::Ring& ticket_keys() const { return ticket_keys_; }  ///< of tickets.key_file, if any
    const OwnCertificates& own_certificates() const { return own_certificates_; }
    const ClientCertificates& client_certificates() const { return client_certificates_; }
    /// What clients do not accept about the CAs, or soon will not (tls/signer/authority_doubts.h).
    std::vector<config::Problem> doubts_about_authorities(WallTime now) const;
    /// What is served all the same, but may not be what is wanted.
    const std::vector<config::Problem>& warnings() const { return warnings_; }

  private:
    explicit Policy(config::Config config) : config_(std::move(config)) {}
    void load_authority(const config::Ca& ca, const AuthorityLoader& load, std::vector<config::Problem>& problems);
    void load_upstream(const config::Upstream& upstream, std::vector<config::Problem>& problems);
    void warn_of_rules_that_never_match();
    void load_ticket_keys(std::vector<config::Problem>& problems);

    config::Config config_;
    tls::TicketKeys::Ring ticket_keys_;
    OwnCertificates own_certificates_;
    ClientCertificates client_certificates_;
    std::vector<config::Problem> warnings_;
    std::map<const config::Upstream*, std::unique_ptr<tls::UpstreamContext>> upstreams_;
    std::map<const config::Ca*, std::shared_ptr<const tls::Authority>> authorities_;
};

}  // namespace bascule::proxy
