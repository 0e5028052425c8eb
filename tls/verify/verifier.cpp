#include "tls/digest_cache.h"
#include "tls/hash_fields.h"
#include "tls/verify/chain_checks.h"
#include "tls/verify/paths.h"
#include "tls/verify/trust.h"
#include "tls/verify/verify_detail.h"
#include "tls/x509/certificate.h"

#include <openssl/err.h>

#include <algorithm>

namespace bascule::tls {
namespace {

using StoreContext = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;
using Borrowed = Handle<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }>;

constexpr std::size_t kRemembered = 16384;
constexpr int kDeepest = 16;

/// At least 112 bits of security in keys and, below the root, signatures: RSA-2048, no SHA-1.
constexpr int kSecurityLevel = 2;

/// What strict verification refuses and every client accepts: private CAs issue certificates like these.
bool is_tolerated(int code) {
    switch (code) {
        case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
        case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
        case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
        case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
        case X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL:
        case X509_V_ERR_UNABLE_TO_GET_CRL:  // of this issuer there is no list
            return true;
        default:
            return false;
    }
}

/// RFC 5280 section 4.1.2.5: valid through notAfter; for OpenSSL that second is too late.
bool is_last_second(X509_STORE_CTX* context) {
    const auto now = X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(context));
    return X509_STORE_CTX_get_error(context) == X509_V_ERR_CERT_HAS_EXPIRED &&
           time_of(X509_get0_notAfter(X509_STORE_CTX_get_current_cert(context))) ==
               std::chrono::system_clock::from_time_t(now);
}

int look_at_fault(int ok, X509_STORE_CTX* context) {
    return ok != 0 || is_tolerated(X509_STORE_CTX_get_error(context)) || is_last_second(context) ? 1 : 0;
}

/// A fault in the dates or names of the origin's own certificate.
bool is_in_leaf(const ChainFault& fault) {
    switch (fault.code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return fault.depth == 0;
        default:
            return false;
    }
}

/// The same, past such faults.
int look_beyond_leaf(int ok, X509_STORE_CTX* context) {
    return is_in_leaf({X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_error_depth(context)})
               ? 1
               : look_at_fault(ok, context);
}

void set_policy(X509_STORE_CTX* context, bool has_lists, WallTime now) {
    auto* policy = X509_STORE_CTX_get0_param(context);
    unsigned long flags = X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_X509_STRICT;
    if (has_lists) flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    require(X509_STORE_CTX_set_default(context, "ssl_server") == 1, "verification");
    X509_VERIFY_PARAM_set_flags(policy, flags);
    X509_VERIFY_PARAM_set_auth_level(policy, kSecurityLevel);
    X509_VERIFY_PARAM_set_depth(policy, kDeepest);
    X509_VERIFY_PARAM_set_time(policy, std::chrono::system_clock::to_time_t(now));
}

bool lacks_issuer(int code) {
    return code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

/// Whether another path to the root could make a difference.
bool depends_on_path(const ChainFault& fault) {
    return fault.code != X509_V_OK && fault.code != X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT && !is_in_leaf(fault);
}

WallTime earliest_end(STACK_OF(X509) * chain) {
    auto end = WallTime::max();
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        end = std::min(end, time_of(X509_get0_notAfter(sk_X509_value(chain, i))));
    }
    return end;
}

WallTime latest_begin(STACK_OF(X509) * chain) {
    auto begin = WallTime::min();
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        begin = std::max(begin, time_of(X509_get0_notBefore(sk_X509_value(chain, i))));
    }
    return begin;
}

Digest identity_of(const Digest& leaf, STACK_OF(X509) * untrusted, const std::string& server_name) {
    Sha256 hash;
    hash.add(leaf);
    for (int i = 0; i < sk_X509_num(untrusted); ++i) hash.add(digest_of(sk_X509_value(untrusted, i)));
    const auto certificates = hash.finish();
    return Sha256().add(certificates).add(as_bytes(server_name)).finish();
}

Digest policy_of(const Trust& trust, const std::vector<CertificateHandle>& own) {
    Sha256 hash;
    hash.add(trust.digest());
    for (const auto& authority : own) hash.add(digest_of(authority.get()));
    return hash.finish();
}

}  // namespace

/// What is asked of a chain. Without a name, the leaf's own names and dates are looked past.
struct Verifier::Question {
    X509* leaf = nullptr;
    STACK_OF(X509) * untrusted;
    const std::string* server_name = nullptr;
    WallTime now;
};

/// One try of a path: what is wrong with it, and with which certificate.
struct Verifier::Attempt {
    ChainFault fault;
    CertificateHandle at;
    WallTime begin{}, end{};  ///< without a fault: when it can hold
};

/// Remembered until the certificates end by the wall clock, and for so long by a steady one: a clock that is set back
/// makes nothing live longer, nor valid that is not valid yet.
struct Verifier::Memory {
    struct Good {
        WallTime begin, end;  ///< of all certificates of the chain
        WallTime aged;        ///< steady
    };
    struct Answer {
        Staple staple;
        WallTime aged;
    };
    DigestCache<Good> good{kRemembered};
    DigestCache<Answer> staples{kRemembered};
};

Verifier::Verifier(std::shared_ptr<const Trust> trust, Options options)
    : trust_(std::move(trust)),
      options_(std::move(options)),
      policy_digest_(policy_of(*trust_, options_.own_authorities)),
      memory_(std::make_unique<Memory>()) {}
Verifier::~Verifier() = default;

/// One of our own authorities, or issued by one.
bool Verifier::is_own(X509* certificate) const {
    return std::ranges::any_of(options_.own_authorities, [&](const CertificateHandle& own) {
        EVP_PKEY* key = X509_get0_pubkey(own.get());
        // In this order: the first is exported to where the second lives, and our own remembers that.
        if (EVP_PKEY_eq(key, X509_get0_pubkey(certificate)) == 1) return true;
        return X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(own.get())) == 0 &&
               X509_verify(certificate, key) == 1;
    });
}

/// `anchor`: the only one to be believed; null: those of the trust.
Verifier::Attempt Verifier::attempt(const Question& question, STACK_OF(X509) * untrusted, X509* anchor) const {
    const StoreContext context(X509_STORE_CTX_new());
    require(context && X509_STORE_CTX_init(context.get(), trust_->store(), question.leaf, untrusted) == 1,
            "verification");
    set_policy(context.get(), trust_->has_lists(), question.now);
    X509_STORE_CTX_set_verify_cb(context.get(), question.server_name ? look_at_fault : look_beyond_leaf);
    const Borrowed anchors(anchor ? sk_X509_new_null() : nullptr);
    if (anchor) {
        require(anchors && sk_X509_push(anchors.get(), anchor) > 0, "memory");
        X509_STORE_CTX_set0_trusted_stack(context.get(), anchors.get());
    }
    const bool verified = X509_verify_cert(context.get()) == 1;
    auto* chain = X509_STORE_CTX_get0_chain(context.get());
    for (int depth = 0; depth < sk_X509_num(chain); ++depth) {
        auto* certificate = sk_X509_value(chain, depth);
        if (is_own(certificate)) return {.fault = {kFaultOwnAuthority, depth}, .at = share(certificate)};
    }
    if (!verified) {
        const int code = X509_STORE_CTX_get_error(context.get());
        auto* at = X509_STORE_CTX_get_current_cert(context.get());
        return {
            .fault = {code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code, X509_STORE_CTX_get_error_depth(context.get())},
            .at = share(at ? at : question.leaf)};
    }
    const auto fault = check_chain(chain, question.server_name);
    return {.fault = fault,
            .at = share(sk_X509_value(chain, fault.depth)),
            .begin = latest_begin(chain),
            .end = earliest_end(chain)};
}

/// The first good one of the paths that OpenSSL did not follow; else a fault.
Verifier::Attempt Verifier::other_paths(const Question& question) const {
    Attempt best{.fault = {X509_V_ERR_UNSPECIFIED, 0}, .at = share(question.leaf)};
    each_path(trust_->store(), question.leaf, question.untrusted, [&](const Path& path) {
        const Borrowed intermediates(sk_X509_new_null());
        for (auto* one : path.intermediates) require(sk_X509_push(intermediates.get(), one) > 0, "memory");
        auto tried = attempt(question, intermediates.get(), path.anchor.get());
        const bool good = tried.fault.code == X509_V_OK;
        if (good) best = std::move(tried);
        return good;
    });
    return best;
}

Verifier::Attempt Verifier::judge(const Question& question) const {
    auto tried = attempt(question, question.untrusted, nullptr);
    if (depends_on_path(tried.fault)) {
        auto other = other_paths(question);
        if (other.fault.code == X509_V_OK) tried = std::move(other);
    }
    ERR_clear_error();
    return tried;
}

Verification Verifier::verify(X509* leaf, STACK_OF(X509) * untrusted, const std::string& server_name) const {
    const auto now = options_.now();
    const auto digest = digest_of(leaf);
    const auto identity = identity_of(digest, untrusted, server_name);
    const auto known = memory_->good.find(identity, now);
    if (known && known->begin <= now && steady_time() < known->aged) {
        return {.word = "ok", .leaf = digest, .end = known->end};
    }

    auto verdict = judge({.leaf = leaf, .untrusted = untrusted, .server_name = &server_name, .now = now});
    const auto& fault = verdict.fault;
    if (fault.code == X509_V_OK) {
        memory_->good.put(identity, {verdict.begin, verdict.end, steady_time() + remember_for()}, verdict.end, 1);
        return {.word = "ok", .leaf = digest, .end = verdict.end};
    }
    Verification refused{.code = fault.code,
                         .word = verify_word(fault.code),
                         .detail = verify_detail({fault.code, fault.depth, verdict.at.get(), server_name, now}),
                         .leaf = digest,
                         .depth = fault.depth};
    if (lacks_issuer(fault.code)) refused.lacks_issuer = std::move(verdict.at);
    if (is_in_leaf(fault)) {
        const auto beyond = judge({.leaf = leaf, .untrusted = untrusted, .server_name = nullptr, .now = now});
        refused.in_leaf_alone = beyond.fault.code == X509_V_OK;
    }
    return refused;
}

WallTime::duration Verifier::remember_for() const {
    return std::chrono::duration_cast<WallTime::duration>(options_.remember_for);
}

/// Null: none of those that are known has signed it.
CertificateHandle Verifier::issuer_of(X509* leaf, STACK_OF(X509) * untrusted) const {
    const auto signed_by = [leaf](X509* one) {
        return X509_check_issued(one, leaf) == X509_V_OK && X509_verify(leaf, X509_get0_pubkey(one)) == 1;
    };
    for (int i = 0; i < sk_X509_num(untrusted); ++i) {
        auto* one = sk_X509_value(untrusted, i);
        if (signed_by(one)) return share(one);
    }
    const StoreContext context(X509_STORE_CTX_new());
    require(context && X509_STORE_CTX_init(context.get(), trust_->store(), nullptr, nullptr) == 1, "verification");
    const ChainHandle roots(X509_STORE_CTX_get1_certs(context.get(), X509_get_issuer_name(leaf)));
    for (int i = 0; i < sk_X509_num(roots.get()); ++i) {
        auto* one = sk_X509_value(roots.get(), i);
        if (signed_by(one)) return share(one);
    }
    return {};
}

Bytes Verifier::status_request(X509* leaf, STACK_OF(X509) * untrusted) const {
    const auto issuer = issuer_of(leaf, untrusted);
    auto request = issuer ? ocsp_request(leaf, issuer.get()) : Bytes();
    ERR_clear_error();
    return request;
}

Staple Verifier::judge_answer(ByteView answer, X509* leaf, STACK_OF(X509) * untrusted) const {
    const auto now = options_.now();
    const auto identity = Sha256().add(digest_of(leaf)).add(answer).finish();
    const auto known = memory_->staples.find(identity, now);
    if (known && steady_time() < known->aged) return known->staple;
    const auto issuer = issuer_of(leaf, untrusted);
    ERR_clear_error();
    if (!issuer) return {.status = Staple::Status::invalid, .fault = "the issuer of the certificate is not known"};
    const auto staple = judge_ocsp_answer(answer, leaf, issuer.get(), now);
    if (staple.status == Staple::Status::good || staple.status == Staple::Status::revoked) {
        memory_->staples.put(identity, {staple, steady_time() + remember_for()}, staple.until, 1);
    }
    return staple;
}

}  // namespace bascule::tls
