#include "proxy/policy/policy.h"

#include "base/error.h"
#include "tls/leaf/leaf.h"
#include "tls/signer/authority_doubts.h"
#include "tls/verify/trust.h"
#include "tls/x509/pem.h"

#include <algorithm>
#include <iterator>

namespace bascule::proxy {
namespace {

tls::Ocsp ocsp_of(const config::Upstream& upstream) {
    switch (upstream.ocsp) {
        case config::Ocsp::staple:
            return tls::Ocsp::staple;
        case config::Ocsp::require:
            return tls::Ocsp::require;
        case config::Ocsp::ask:
            return tls::Ocsp::ask;
        case config::Ocsp::off:
            break;
    }
    return tls::Ocsp::off;
}

std::vector<tls::CrlHandle> read_lists(const config::Upstream& upstream, std::vector<config::Problem>& problems) {
    std::vector<tls::CrlHandle> lists;
    for (const auto& file : upstream.crl) {
        try {
            for (auto& list : tls::read_revocation_lists(file.value)) lists.push_back(std::move(list));
        } catch (const Error& error) {
            problems.push_back({.place = file.place, .path = "upstream.crl", .message = error.what()});
        }
    }
    return lists;
}

/// What origins are shown that ask for a client certificate; null: nothing.
std::shared_ptr<const tls::Leaf> load_identity(const config::ClientCertificate& shown,
                                               std::vector<config::Problem>& problems) {
    if (shown.kind != config::ClientCertificate::Kind::files) return nullptr;
    try {
        return tls::load_identity(shown.certificate.value, shown.key.value).leaf;
    } catch (const tls::AuthorityError& error) {
        const bool key = error.file == tls::AuthorityError::File::key;
        problems.push_back({.place = key ? shown.key.place : shown.certificate.place,
                            .path = key ? "upstream.client_certificate.key" : "upstream.client_certificate.certificate",
                            .message = error.what()});
        return nullptr;
    }
}

}  // namespace

std::shared_ptr<const tls::Authority> load_here(const config::Ca& ca) {
    return tls::Authority::load(ca.certificate.value, ca.key.value);
}

Policy::Built Policy::build(config::Config config, const AuthorityLoader& load, const Policy* before) {
    std::shared_ptr<Policy> policy(new Policy(std::move(config)));
    Built built;
    const auto& all = policy->config_.settings;
    for (const auto& settings : all) policy->load_authority(*settings.ca, load, built.problems);
    for (const auto& settings : all) policy->load_upstream(*settings.upstream, built.problems);
    policy->load_ticket_keys(built.problems);
    const bool user_changed = before && policy->config_.user;
    OwnCertificates::Findings findings;
    policy->own_certificates_.load(policy->config_.certificates, user_changed ? &before->own_certificates_ : nullptr,
                                   findings);
    policy->warnings_ = std::move(findings.warnings);
    std::ranges::move(findings.problems, std::back_inserter(built.problems));
    policy->warn_of_rules_that_never_match();
    policy->client_certificates_.load(policy->config_.listeners, before ? &before->client_certificates_ : nullptr,
                                      built.problems);
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

void Policy::warn_of_rules_that_never_match() {
    const auto rules = config_.rules->rules();
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto* before = config_.rules->taken_before(i);
        if (!before) continue;
        warnings_.push_back(
            {.place = rules[i].place,
             .path = fmt::format("rules[{}]", i),
             .message = fmt::format("rule {} never matches: rule {} at line {} takes all of its connections; "
                                    "put it before that one, or take it out",
                                    rules[i].name, before->name, before->place.line)});
    }
    std::ranges::move(config::doubts_about_messages(config_), std::back_inserter(warnings_));
}

std::vector<config::Problem> Policy::doubts_about_authorities(WallTime now) const {
    std::vector<config::Problem> doubts;
    for (const auto& [ca, authority] : authorities_) {
        for (auto& doubt : tls::doubts_about(*authority, ca->certificate.value, now)) {
            doubts.push_back({.place = ca->certificate.place, .path = "ca.certificate", .message = std::move(doubt)});
        }
    }
    return doubts;
}

void Policy::load_ticket_keys(std::vector<config::Problem>& problems) {
    const auto& file = config_.ticket_keys;
    if (!file) return;
    try {
        ticket_keys_ = tls::TicketKeys::read_file(file->value);
    } catch (const Error& error) {
        problems.push_back({.place = file->place, .path = "tickets.key_file", .message = error.what()});
    }
}

void Policy::load_upstream(const config::Upstream& upstream, std::vector<config::Problem>& problems) {
    const auto [entry, fresh] = upstreams_.try_emplace(&upstream);
    if (!fresh) return;
    auto identity = load_identity(upstream.client_certificate, problems);
    std::vector<std::string> sources;
    sources.reserve(upstream.trust.size());
    for (const auto& source : upstream.trust) sources.push_back(source.value);
    const auto lists = read_lists(upstream, problems);
    tls::Verifier::Options options;
    options.own_authorities.reserve(authorities_.size());
    for (const auto& [source, authority] : authorities_) {
        if (authority) options.own_authorities.push_back(tls::share(authority->certificate()));
    }
    try {
        auto verifier = std::make_shared<const tls::Verifier>(tls::Trust::load(sources, lists), std::move(options));
        entry->second = std::make_unique<tls::UpstreamContext>(tls::UpstreamPolicy{
            .verifier = std::move(verifier),
            .enforce = upstream.verify == config::Verify::enforce,
            .show_faults = upstream.verify == config::Verify::mirror,
            .minimum_version = upstream.minimum_version == config::TlsVersion::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION,
            .legacy = upstream.legacy,
            .mirror_hello = upstream.hello == config::Hello::mirror,
            .resume = upstream.resumption != config::Resumption::off,
            .ask_for_status = upstream.ocsp == config::Ocsp::require,
            .ocsp = ocsp_of(upstream),
            .aia = upstream.aia && upstream.verify != config::Verify::off,
            .identity = std::move(identity)});
    } catch (const Error& error) {
        const Place place = upstream.trust.empty() ? Place{} : upstream.trust.front().place;
        problems.push_back({.place = place, .path = "upstream.trust", .message = error.what()});
    }
}

}  // namespace bascule::proxy
