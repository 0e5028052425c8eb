#include "tls/leaf/leaf_keys.h"

#include "tls/openssl.h"
#include "tls/x509/extensions.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace bascule::tls {
namespace {

using Kind = LeafKeys::Kind;
constexpr std::size_t kKinds = 9;

struct Facts {
    const char* name;  ///< OpenSSL's too, where there is a scheme
    std::uint16_t scheme =
        0;  ///< IANA "TLS SignatureScheme": the only one that such a key signs with; 0: there are more
};

constexpr std::array<Facts, kKinds> kFacts{{{"P-256"},
                                            {"P-384"},
                                            {"Ed25519", 0x0807},
                                            {"ML-DSA-44", 0x0904},
                                            {"ML-DSA-65", 0x0905},
                                            {"ML-DSA-87", 0x0906},
                                            {"RSA-2048"},
                                            {"RSA-3072"},
                                            {"RSA-4096"}}};

const Facts& facts_of(Kind kind) {
    return kFacts[static_cast<std::size_t>(kind)];
}

bool is_mldsa(Kind kind) {
    return kind >= Kind::mldsa44 && kind <= Kind::mldsa87;
}

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
/// The same key in OpenSSL's older representation. X509_set_pubkey writes such a key into a certificate in 5 us;
/// a provider's key goes through the generic encoder and decoder, 175 us for each leaf. Signing costs the same.
KeyHandle in_old_form(EVP_PKEY* key) {
    KeyHandle old(EVP_PKEY_new());
    require(old != nullptr, "leaf key");
    if (EC_KEY* ec = EVP_PKEY_get1_EC_KEY(key)) {
        require(EVP_PKEY_assign_EC_KEY(old.get(), ec) == 1, "leaf key");
    } else if (RSA* rsa = EVP_PKEY_get1_RSA(key)) {
        require(EVP_PKEY_assign_RSA(old.get(), rsa) == 1, "leaf key");
    }
    return old;
}
#pragma clang diagnostic pop

int go_on(EVP_PKEY_CTX* context) {
    return static_cast<std::stop_token*>(EVP_PKEY_CTX_get_app_data(context))->stop_requested() ? 0 : 1;
}

/// Null where it was stopped.
KeyHandle generate_rsa(int bits, std::stop_token stop) {
    const Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    require(context && EVP_PKEY_keygen_init(context.get()) == 1 &&
                EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits) == 1,
            "leaf key");
    EVP_PKEY_CTX_set_app_data(context.get(), &stop);
    EVP_PKEY_CTX_set_cb(context.get(), go_on);
    EVP_PKEY* key = nullptr;
    EVP_PKEY_generate(context.get(), &key);
    return KeyHandle(key);
}

KeyHandle generate(Kind kind, const std::stop_token& stop) {
    switch (kind) {
        case Kind::p256:
            return in_old_form(KeyHandle(EVP_EC_gen("P-256")).get());
        case Kind::p384:
            return in_old_form(KeyHandle(EVP_EC_gen("P-384")).get());
        case Kind::ed25519:
        case Kind::mldsa44:
        case Kind::mldsa65:
        case Kind::mldsa87:
            return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, facts_of(kind).name));
        case Kind::rsa2048:
            return in_old_form(generate_rsa(2048, stop).get());
        case Kind::rsa3072:
            return in_old_form(generate_rsa(3072, stop).get());
        case Kind::rsa4096:
            return in_old_form(generate_rsa(4096, stop).get());
    }
    return nullptr;
}

LeafKey make(Kind kind, const std::stop_token& stop) {
    LeafKey made{.key = generate(kind, stop), .id = {}, .rsa = kind >= Kind::rsa2048};
    const CertificateHandle carrier(X509_new());
    require(made.key && carrier && X509_set_pubkey(carrier.get(), made.key.get()) == 1, "leaf key");
    made.id = public_key_id(carrier.get());
    return made;
}

Kind mirrored(X509* origin) {
    const EVP_PKEY* key = X509_get0_pubkey(origin);
    if (!key) return Kind::p256;
    const int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
        return bits <= 2048 ? Kind::rsa2048 : bits <= 3072 ? Kind::rsa3072 : Kind::rsa4096;
    }
    for (const auto kind : {Kind::ed25519, Kind::mldsa44, Kind::mldsa65, Kind::mldsa87}) {
        if (EVP_PKEY_is_a(key, facts_of(kind).name)) return kind;
    }
    return EVP_PKEY_is_a(key, "EC") && bits >= 384 ? Kind::p384 : Kind::p256;
}

}  // namespace

struct LeafKeys::Slots {
    std::array<std::once_flag, kKinds> once;
    std::array<LeafKey, kKinds> keys;
    std::array<std::atomic<bool>, kKinds> begun{};
    std::array<std::atomic<bool>, kKinds> made{};
    std::array<std::jthread, kKinds> makers;  ///< last: they are waited for before the rest goes
};

LeafKeys::LeafKeys() : slots_(std::make_unique<Slots>()) {}
LeafKeys::~LeafKeys() = default;

LeafKeys& LeafKeys::instance() {
    static LeafKeys keys;
    return keys;
}

Kind LeafKeys::kind_for(LeafKeyPolicy policy, X509* origin) {
    switch (policy) {
        case LeafKeyPolicy::ecdsa_p256:
            return Kind::p256;
        case LeafKeyPolicy::rsa_2048:
            return Kind::rsa2048;
        case LeafKeyPolicy::mirror:
            break;
    }
    return mirrored(origin);
}

std::string_view LeafKeys::name_of(Kind kind) {
    return facts_of(kind).name;
}

bool LeafKeys::is_taken_by(const ClientHello& client, Kind kind) {
    const auto scheme = facts_of(kind).scheme;
    if (scheme == 0) return true;
    if (is_mldsa(kind) && !client.offers(TLS1_3_VERSION)) return false;
    return std::ranges::find(client.signature_algorithms, scheme) != client.signature_algorithms.end();
}

LeafKeys::Choice LeafKeys::choose(const LeafRequest& request) {
    const auto wanted = kind_for(request.key, request.origin);
    const auto pair = [wanted](Kind kind) { return fmt::format("{} for {}", name_of(kind), name_of(wanted)); };
    if (request.client && !is_taken_by(*request.client, wanted)) {
        return {wanted, Kind::p256, pair(Kind::p256) + ", whose signatures the client does not take"};
    }
    const auto shown = at_hand(wanted);
    return {wanted, shown, shown == wanted ? std::string() : pair(shown) + " until one of that size is made"};
}

Kind LeafKeys::at_hand(Kind kind) {
    if (kind < Kind::rsa3072 || slots_->made[static_cast<std::size_t>(kind)]) return kind;
    make_aside(kind);
    const bool has_middle = kind == Kind::rsa4096 && slots_->made[static_cast<std::size_t>(Kind::rsa3072)];
    return has_middle ? Kind::rsa3072 : Kind::rsa2048;
}

/// A daemon that ends does not wait for a key that nobody needs any more.
void LeafKeys::make_aside(Kind kind) {
    const auto index = static_cast<std::size_t>(kind);
    if (slots_->begun[index].exchange(true)) return;
    slots_->makers[index] = std::jthread([this, kind, index](const std::stop_token& stop) {
        constexpr int least = 19;
        setpriority(PRIO_PROCESS, 0, least);  // of this thread; not permitted in a sandbox: then it is as all are
        try {
            std::call_once(slots_->once[index], [&] { slots_->keys[index] = make(kind, stop); });
            slots_->made[index] = true;
        } catch (const Error&) {  // stopped, or no memory: what stands in goes on doing so
            take_openssl_reason();
        }
    });
}

const LeafKey& LeafKeys::get(Kind kind) {
    const auto index = static_cast<std::size_t>(kind);
    std::call_once(slots_->once[index], [&] { slots_->keys[index] = make(kind, {}); });
    return slots_->keys[index];
}

void prepare_leaf_keys(LeafKeyPolicy policy) {
    auto& keys = LeafKeys::instance();
    if (policy != LeafKeyPolicy::rsa_2048) keys.get(Kind::p256);
    if (policy != LeafKeyPolicy::ecdsa_p256) keys.get(Kind::rsa2048);
}

}  // namespace bascule::tls
