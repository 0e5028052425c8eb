#pragma once

#include "config/config.h"
#include "tls/authority.h"
#include "tls/context.h"

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
    /// `load` reads the CAs: the daemon has its signer process do it, so that it never holds a key.
    static Built build(config::Config config, const AuthorityLoader& load = load_here);

    const config::Config& config() const { return config_; }
    const tls::UpstreamContext& upstream_for(const config::Settings& settings) const {
        return *upstreams_.at(settings.upstream.get());
    }
    const std::shared_ptr<const tls::Authority>& authority_for(const config::Settings& settings) const {
        return authorities_.at(settings.ca.get());
    }
    const tls::Authority& authority() const { return *authorities_.at(config_.ca.get()); }
    SSL_CTX* client_leg() const { return client_leg_.get(); }

  private:
    explicit Policy(config::Config config) : config_(std::move(config)) {}
    void load_authority(const config::Ca& ca, const AuthorityLoader& load, std::vector<config::Problem>& problems);
    void load_upstream(const config::Upstream& upstream, std::vector<config::Problem>& problems);

    config::Config config_;
    tls::ContextHandle client_leg_;
    std::map<const config::Upstream*, std::unique_ptr<tls::UpstreamContext>> upstreams_;
    std::map<const config::Ca*, std::shared_ptr<const tls::Authority>> authorities_;
};

}  // namespace bascule::proxy
