#include "proxy/policy.h"

#include "base/error.h"
#include "tls/leaf.h"
#include "tls/trust.h"

namespace bascule::proxy {
namespace {

// A chain that was good is taken for good again for so long; a new chain is always verified.
constexpr Duration kRememberVerified = std::chrono::minutes(5);

}  // namespace

std::shared_ptr<const tls::Authority> load_here(const config::Ca& ca) {
    return tls::Authority::load(ca.certificate.value, ca.key.value);
}

Policy::Built Policy::build(config::Config config, const AuthorityLoader& load) {
    std::shared_ptr<Policy> policy(new Policy(std::move(config)));
    Built built;
    for (const auto& settings : policy->config_.settings) {
        policy->load_authority(*settings.ca, load, built.problems);
        policy->load_upstream(*settings.upstream, built.problems);
    }
    policy->client_leg_ = tls::make_client_leg_context();
    if (built.problems.empty()) built.policy = std::move(policy);
    return built;
}

void Policy::load_authority(const config::Ca& ca, const AuthorityLoader& load, std::vector<config::Problem>& problems) {
    const auto [entry, fresh] = authorities_.try_emplace(&ca);
    if (!fresh) return;
    const auto wrong = [&](const Place& place, const char* key, const char* message) {
        problems.push_back({.place = place, .path = key, .message = message});
    };
    try {
        entry->second = load(ca);
        tls::prepare_leaf_keys(static_cast<tls::LeafKeyPolicy>(ca.leaf_key));
    } catch (const tls::AuthorityError& error) {
        const bool certificate = error.file == tls::AuthorityError::File::certificate;
        certificate ? wrong(ca.certificate.place, "ca.certificate", error.what())
                    : wrong(ca.key.place, "ca.key", error.what());
    } catch (const Error& error) {
        wrong(ca.certificate.place, "ca", error.what());
    }
}

void Policy::load_upstream(const config::Upstream& upstream, std::vector<config::Problem>& problems) {
    const auto [entry, fresh] = upstreams_.try_emplace(&upstream);
    if (!fresh) return;
    std::vector<std::string> sources;
    for (const auto& source : upstream.trust) sources.push_back(source.value);
    try {
        auto verifier = std::make_shared<const tls::Verifier>(tls::Trust::load(sources), kRememberVerified);
        entry->second = std::make_unique<tls::UpstreamContext>(tls::UpstreamPolicy{
            .verifier = std::move(verifier),
            .enforce = upstream.verify == config::Verify::enforce,
            .minimum_version =
                upstream.minimum_version == config::TlsVersion::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION});
    } catch (const Error& error) {
        const Place place = upstream.trust.empty() ? Place{} : upstream.trust.front().place;
        problems.push_back({.place = place, .path = "upstream.trust", .message = error.what()});
    }
}

}  // namespace bascule::proxy
