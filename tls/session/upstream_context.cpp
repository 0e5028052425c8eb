#include "tls/session/upstream_context.h"

#include "tls/hash_fields.h"
#include "tls/library.h"
#include "tls/session/choice_check.h"
#include "tls/session/context.h"
#include "tls/session/extra_extensions.h"
#include "tls/session/session.h"

#include <array>
#include <utility>

namespace bascule::tls {
namespace {

constexpr std::size_t kMostShapes = 512;
constexpr std::size_t kMostLooks = 4096;
constexpr std::size_t kMostPromises = 4096;
constexpr std::size_t kMostWeakChoices = 4096;
constexpr std::chrono::hours kWeakChoiceLife(1);
constexpr const char* kSuites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
// Of an origin's certificates: ten thousand names take twice as much as OpenSSL's 100 KB.
constexpr long kLongestCertificates = 512L * 1024;
constexpr long kSessionLife = 24L * 3600;  // seconds, where the origin does not say less

int verify_chain(X509_STORE_CTX* chain, void* policy) {
    const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto& asked = *static_cast<const UpstreamPolicy*>(policy);
    return Session::of(ssl).on_verify(chain, asked);
}

int check_status(SSL* ssl, void* policy) {
    return Session::of(ssl).on_status(*static_cast<const UpstreamPolicy*>(policy));
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
    Session::of(ssl).on_new_session(session);
    return 0;  // OpenSSL's reference stays its own
}

Digest digest_of(const Offer& offer, bool log_keys) {
    Sha256 hash;
    const unsigned flags = static_cast<unsigned>(offer.session_ticket) | offer.extended_master_secret << 1U |
                           offer.encrypt_then_mac << 2U | offer.status_request << 3U |
                           offer.signed_certificate_timestamp << 4U | log_keys << 5U | offer.post_handshake_auth << 6U |
                           offer.status_request_v2 << 7U | offer.record_size_limit << 8U |
                           offer.signature_algorithms_cert << 9U | offer.renegotiation_suite << 10U;
    add_number(hash, static_cast<std::uint64_t>(offer.minimum_version) << 32 |
                         static_cast<std::uint64_t>(offer.maximum_version) << 16 | flags);
    for (const auto* list : {&offer.ciphers, &offer.suites, &offer.groups, &offer.signature_algorithms}) {
        add_text(hash, *list);
    }
    for (const auto algorithm : offer.compressions) add_number(hash, algorithm);
    return hash.finish();
}

Digest digest_of(const UpstreamContext::Look& look) {
    Sha256 hash;
    hash.add(look.shape);
    add_number(hash, static_cast<std::uint64_t>(look.padded) << 2 | static_cast<std::uint64_t>(look.named) << 1 |
                         static_cast<std::uint64_t>(look.offers_session));
    for (const auto& protocol : look.alpn) add_text(hash, protocol);
    return hash.finish();
}

Digest digest_of(const UpstreamPolicy& policy) {
    Sha256 hash;
    hash.add(policy.verifier->policy_digest());
    add_number(hash, static_cast<std::uint64_t>(policy.minimum_version) << 8 |
                         static_cast<std::uint64_t>(policy.ocsp) << 2 | static_cast<std::uint64_t>(policy.enforce) |
                         static_cast<std::uint64_t>(policy.legacy) << 1);
    if (policy.identity) hash.add(tls::digest_of(policy.identity->certificate.get()));
    return hash.finish();
}

/// A library that can say both says the suite where the least version may be TLS 1.0, whatever the options forbid.
void offer_versions(SSL_CTX* context, const Offer& offer) {
    SSL_CTX_set_min_proto_version(context, offer.renegotiation_suite ? TLS1_VERSION : offer.minimum_version);
    SSL_CTX_set_max_proto_version(context, offer.maximum_version);
    constexpr std::array<std::pair<int, std::uint64_t>, 3> older{
        {{TLS1_VERSION, SSL_OP_NO_TLSv1}, {TLS1_1_VERSION, SSL_OP_NO_TLSv1_1}, {TLS1_2_VERSION, SSL_OP_NO_TLSv1_2}}};
    for (const auto& [version, option] : older) {
        if (version < offer.minimum_version) SSL_CTX_set_options(context, option);
    }
}

void show_identity(SSL_CTX* context, const Leaf& identity) {
    require(
        SSL_CTX_use_cert_and_key(context, identity.certificate.get(), identity.key.get(), identity.chain.get(), 1) == 1,
        "client certificate");
    SSL_CTX_set_post_handshake_auth(context, 1);
}

}  // namespace

UpstreamContext::UpstreamContext(UpstreamPolicy policy, Clock now)
    : policy_(std::move(policy)),
      now_(now),
      digest_(digest_of(policy_)),
      contexts_(kMostShapes),
      ja4_(kMostLooks),
      promises_(kMostPromises),
      weak_choices_(kMostWeakChoices) {}

UpstreamContext::Shape UpstreamContext::shape_for(const ClientHello& hello, Asking asking) const {
    const OfferFloor floor{.minimum_version = policy_.minimum_version, .legacy = policy_.legacy, .whole = asking.whole};
    auto offer = policy_.mirror_hello ? mirrored_offer(hello, floor) : own_offer(hello, floor);
    if (policy_.ask_for_status || asking.for_status) {
        offer.status_request = true;
        offer.compressions.clear();  // OpenSSL's servers staple nothing to a compressed certificate
    }
    Shape shape{.context = {}, .digest = digest_of(offer, asking.log_keys)};
    if (auto known = contexts_.find(shape.digest, WallTime{})) {
        shape.context = *std::move(known);
    } else {
        shape.context = make(offer, asking.log_keys);
        contexts_.put(shape.digest, shape.context, WallTime::max(), 1);
    }
    return shape;
}

ContextHandle UpstreamContext::make(const Offer& offer, bool log_keys) const {
    const auto ciphers = offer.ciphers.empty() ? allowed_ciphers(policy_.legacy) : offer.ciphers;
    const auto* groups = offer.groups.empty() ? kGroups : offer.groups.c_str();
    ContextHandle context = make_context(TLS_client_method(), ciphers.c_str(), groups, policy_.legacy);
    SSL_CTX* raw = context.get();
    if (!policy_.legacy) check_choices(raw, policy_.minimum_version);
    require(SSL_CTX_set_ciphersuites(raw, offer.suites.empty() ? kSuites : offer.suites.c_str()) == 1, "cipher suites");
    if (!offer.signature_algorithms.empty()) {
        require(SSL_CTX_set1_sigalgs_list(raw, offer.signature_algorithms.c_str()) == 1, "signature algorithms");
    }
    offer_versions(raw, offer);
    if (!offer.session_ticket) SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
    if (!offer.extended_master_secret) SSL_CTX_set_options(raw, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    if (!offer.encrypt_then_mac) SSL_CTX_set_options(raw, SSL_OP_NO_ENCRYPT_THEN_MAC);
    if (policy_.legacy)
        SSL_CTX_set_options(raw, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
    if (offer.status_request) SSL_CTX_set_tlsext_status_type(raw, TLSEXT_STATUSTYPE_ocsp);
    add_extra_extensions(raw, offer);
    expect_compressed(raw, offer.compressions);
    if (policy_.ocsp != Ocsp::off) {
        SSL_CTX_set_tlsext_status_cb(raw, check_status);
        SSL_CTX_set_tlsext_status_arg(raw, const_cast<UpstreamPolicy*>(&policy_));
    }
    if (offer.post_handshake_auth) SSL_CTX_set_post_handshake_auth(raw, 1);  // RFC 8446 section 4.2.6
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_max_cert_list(raw, kLongestCertificates);
    SSL_CTX_set_cert_verify_callback(raw, verify_chain, const_cast<UpstreamPolicy*>(&policy_));
    if (policy_.resume) {
        SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_set_timeout(raw, kSessionLife);
        SSL_CTX_sess_set_new_cb(raw, keep_session);
    }
    if (policy_.identity) show_identity(raw, *policy_.identity);
    if (log_keys) Session::log_keys_of(raw);
    return context;
}

std::string UpstreamContext::known_ja4(const Look& look) const {
    return ja4_.find(digest_of(look), WallTime{}).value_or(std::string());
}

bool UpstreamContext::promises_staple(const std::string& server_name) const {
    return promises_.find(Sha256().add(as_bytes(server_name)).finish(), WallTime{}).has_value();
}

void UpstreamContext::learn_promise(const std::string& server_name) const {
    promises_.put(Sha256().add(as_bytes(server_name)).finish(), {}, WallTime::max(), 1);
}

std::string UpstreamContext::weak_choice(const std::string& origin) const {
    return weak_choices_.find(Sha256().add(as_bytes(origin)).finish(), now_()).value_or(std::string());
}

void UpstreamContext::learn_weak_choice(const std::string& origin, const std::string& choice) const {
    weak_choices_.put(Sha256().add(as_bytes(origin)).finish(), choice, now_() + kWeakChoiceLife, 1);
}

void UpstreamContext::learn_ja4(const Look& look, const std::string& ja4) const {
    ja4_.put(digest_of(look), ja4, WallTime::max(), 1);
}

}  // namespace bascule::tls
