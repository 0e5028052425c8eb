#include "base/address.h"
#include "tls/digest_cache.h"
#include "tls/leaf_names.h"
#include "tls/openssl.h"
#include "tls/trust.h"
#include "tls/verify_detail.h"

#include <algorithm>
#include <string_view>

namespace bascule::tls {
namespace {

using StoreContext = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;

constexpr std::size_t kRemembered = 16384;
constexpr int kDeepest = 16;
constexpr int kMostExtensions = 64;
constexpr int kLongestSerial = 20;  // octets, RFC 5280 section 4.1.2.2

/// At least 112 bits of security in keys and, below the root, signatures: RSA-2048, no SHA-1.
constexpr int kSecurityLevel = 2;

bool expect_name(X509_VERIFY_PARAM* policy, const std::string& server_name) {
    if (const auto address = IpAddress::parse(server_name)) {
        const ByteView octets(address->octets());
        const auto own = address->is_v4() ? octets.last(4) : octets;
        return X509_VERIFY_PARAM_set1_ip(policy, own.data(), own.size()) == 1;
    }
    if (!is_dns_name(server_name) || server_name.starts_with('*')) return false;
    X509_VERIFY_PARAM_set_hostflags(policy, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_host(policy, server_name.data(), server_name.size()) == 1;
}

/// False: the name is none that a certificate could be for. Null: no name is asked for.
bool set_policy(X509_STORE_CTX* context, const std::string* server_name, WallTime now) {
    auto* policy = X509_STORE_CTX_get0_param(context);
    // Not X509_V_FLAG_X509_STRICT: it refuses leaves without an AKI, as most private CAs issue them and every client
    // accepts them.
    X509_VERIFY_PARAM_set_flags(policy, X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_auth_level(policy, kSecurityLevel);
    X509_VERIFY_PARAM_set_depth(policy, kDeepest);
    X509_VERIFY_PARAM_set_time(policy, std::chrono::system_clock::to_time_t(now));
    require(X509_STORE_CTX_set_default(context, "ssl_server") == 1, "verification");
    return !server_name || expect_name(policy, *server_name);
}

bool key_is_strong(X509* certificate) {
    const EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (!key) return false;
    if (EVP_PKEY_is_a(key, "EC")) return EVP_PKEY_get_bits(key) >= 256;
    return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS") || EVP_PKEY_is_a(key, "ED25519") ||
           EVP_PKEY_is_a(key, "ED448");
}

bool serial_is_legal(const X509* certificate) {
    const auto* serial = X509_get0_serialNumber(certificate);
    const bool negative = (serial->type & V_ASN1_NEG) != 0;
    const bool zero = std::all_of(serial->data, serial->data + serial->length, [](auto octet) { return octet == 0; });
    return !negative && !zero && serial->length <= kLongestSerial;
}

bool extensions_are_unique(const X509* certificate) {
    const int count = X509_get_ext_count(certificate);
    if (count > kMostExtensions) return false;
    for (int i = 0; i < count; ++i) {
        const auto* type = X509_EXTENSION_get_object(X509_get_ext(certificate, i));
        if (X509_get_ext_by_OBJ(certificate, type, i) >= 0) return false;
    }
    return true;
}

/// OpenSSL is content with the old "server gated" usages; a web server's certificate says serverAuth.
bool may_be_server(X509* leaf) {
    const auto usage = X509_get_extended_key_usage(leaf);  // all bits where the extension is absent
    return (usage & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
}

/// A leaf is no CA and does not constrain names, except where it is trusted by itself.
bool is_end_entity(X509* leaf) {
    return (X509_get_extension_flags(leaf) & EXFLAG_CA) == 0 && X509_get_ext_by_NID(leaf, NID_name_constraints, -1) < 0;
}

struct Fault {
    int code = X509_V_OK;
    int depth = 0;
};

/// What OpenSSL's strict verification lets pass.
Fault further_checks(STACK_OF(X509) * chain) {
    for (int depth = 0; depth < sk_X509_num(chain); ++depth) {
        auto* certificate = sk_X509_value(chain, depth);
        if (!key_is_strong(certificate)) {
            return {depth == 0 ? X509_V_ERR_EE_KEY_TOO_SMALL : X509_V_ERR_CA_KEY_TOO_SMALL, depth};
        }
        if (!extensions_are_unique(certificate)) return {X509_V_ERR_INVALID_EXTENSION, depth};
        if (!serial_is_legal(certificate)) return {X509_V_ERR_CERT_REJECTED, depth};
    }
    auto* leaf = sk_X509_value(chain, 0);
    if (X509_get_version(leaf) != X509_VERSION_3) return {X509_V_ERR_CERT_REJECTED, 0};
    const bool trusted_itself = sk_X509_num(chain) == 1;
    if (!may_be_server(leaf) || (!trusted_itself && !is_end_entity(leaf))) return {X509_V_ERR_INVALID_PURPOSE, 0};
    return {};
}

WallTime earliest_end(STACK_OF(X509) * chain) {
    auto end = WallTime::max();
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        end = std::min(end, time_of(X509_get0_notAfter(sk_X509_value(chain, i))));
    }
    return end;
}

Digest identity_of(X509* leaf, STACK_OF(X509) * untrusted, const std::string& server_name) {
    Sha256 hash;
    hash.add(digest_of(leaf));
    for (int i = 0; i < sk_X509_num(untrusted); ++i) hash.add(digest_of(sk_X509_value(untrusted, i)));
    const auto certificates = hash.finish();
    return Sha256().add(certificates).add(as_bytes(server_name)).finish();
}

/// A fault in the dates or names of the origin's own certificate.
bool is_in_leaf(int code, int depth) {
    switch (code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return depth == 0;
        default:
            return false;
    }
}

/// An X509_STORE_CTX_verify_cb that looks past such faults.
int overlook_leaf(int ok, X509_STORE_CTX* context) {
    return ok || is_in_leaf(X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_error_depth(context));
}

Verification told(const Fault& fault, X509* certificate, const std::string* server_name, WallTime now) {
    return {.code = fault.code,
            .word = X509_verify_cert_error_string(fault.code),
            .detail = verify_detail({fault.code, fault.depth, certificate, server_name ? *server_name : "", now}),
            .depth = fault.depth};
}

Verification good() {
    return {.code = X509_V_OK, .word = "ok", .detail = {}};
}

}  // namespace

struct Verifier::Memory {
    struct Good {};
    DigestCache<Good> good{kRemembered};
};

Verifier::Verifier(std::shared_ptr<const Trust> trust, Duration remember_for, Clock now)
    : trust_(std::move(trust)), remember_for_(remember_for), now_(now), memory_(std::make_unique<Memory>()) {}
Verifier::~Verifier() = default;

Verification Verifier::verify(X509* leaf, STACK_OF(X509) * untrusted, const std::string& server_name) const {
    const auto now = now_();
    auto verdict = judge(leaf, untrusted, &server_name, now);
    if (is_in_leaf(verdict.code, verdict.depth)) verdict.in_leaf_alone = judge(leaf, untrusted, nullptr, now).ok();
    return verdict;
}

/// Without a name, the leaf's own names and dates are looked past, and nothing is remembered.
Verification Verifier::judge(X509* leaf, STACK_OF(X509) * untrusted, const std::string* server_name,
                             WallTime now) const {
    const auto identity = identity_of(leaf, untrusted, server_name ? *server_name : "");
    if (server_name && memory_->good.find(identity, now)) return good();

    const StoreContext context(X509_STORE_CTX_new());
    require(context && X509_STORE_CTX_init(context.get(), trust_->store(), leaf, untrusted) == 1, "verification");
    if (!set_policy(context.get(), server_name, now)) {
        return told({X509_V_ERR_HOSTNAME_MISMATCH, 0}, leaf, server_name, now);
    }
    if (!server_name) X509_STORE_CTX_set_verify_cb(context.get(), overlook_leaf);
    if (X509_verify_cert(context.get()) != 1) {
        const int code = X509_STORE_CTX_get_error(context.get());
        auto* at = X509_STORE_CTX_get_current_cert(context.get());
        const Fault fault{code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code,
                          X509_STORE_CTX_get_error_depth(context.get())};
        return told(fault, at ? at : leaf, server_name, now);
    }
    auto* chain = X509_STORE_CTX_get0_chain(context.get());
    if (const auto fault = further_checks(chain); fault.code != X509_V_OK) {
        return told(fault, sk_X509_value(chain, fault.depth), server_name, now);
    }
    const auto remember = now + std::chrono::duration_cast<WallTime::duration>(remember_for_);
    if (server_name) memory_->good.put(identity, {}, std::min(remember, earliest_end(chain)), 1);
    return good();
}

}  // namespace bascule::tls
