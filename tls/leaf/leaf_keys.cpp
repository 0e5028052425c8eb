#include "tls/leaf/leaf_keys.h"

#include "tls/openssl.h"
#include "tls/x509/extensions.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace bascule::tls {
namespace {

using Kind = LeafKeys::Kind;
constexpr std::size_t kKinds = 6;

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

KeyHandle generate(Kind kind) {
    switch (kind) {
        case Kind::p256:
            return in_old_form(KeyHandle(EVP_EC_gen("P-256")).get());
        case Kind::p384:
            return in_old_form(KeyHandle(EVP_EC_gen("P-384")).get());
        case Kind::ed25519:
            return KeyHandle(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
        case Kind::rsa2048:
            return in_old_form(KeyHandle(EVP_RSA_gen(2048)).get());
        case Kind::rsa3072:
            return in_old_form(KeyHandle(EVP_RSA_gen(3072)).get());
        case Kind::rsa4096:
            return in_old_form(KeyHandle(EVP_RSA_gen(4096)).get());
    }
    return nullptr;
}

LeafKey make(Kind kind) {
    LeafKey made{.key = generate(kind), .id = {}, .rsa = kind >= Kind::rsa2048};
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
    if (EVP_PKEY_is_a(key, "ED25519")) return Kind::ed25519;
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

bool LeafKeys::ready(Kind kind) {
    const auto index = static_cast<std::size_t>(kind);
    if (kind < Kind::rsa3072 || slots_->made[index]) return true;
    if (!slots_->begun[index].exchange(true)) {
        slots_->makers[index] = std::jthread([this, kind, index] {
            get(kind);
            slots_->made[index] = true;
        });
    }
    return false;
}

const LeafKey& LeafKeys::get(Kind kind) {
    const auto index = static_cast<std::size_t>(kind);
    std::call_once(slots_->once[index], [&] { slots_->keys[index] = make(kind); });
    return slots_->keys[index];
}

bool leaf_key_ready(LeafKeyPolicy policy, X509* origin) {
    return LeafKeys::instance().ready(LeafKeys::kind_for(policy, origin));
}

void prepare_leaf_keys(LeafKeyPolicy policy) {
    auto& keys = LeafKeys::instance();
    if (policy != LeafKeyPolicy::rsa_2048) keys.get(Kind::p256);
    if (policy != LeafKeyPolicy::ecdsa_p256) keys.get(Kind::rsa2048);
}

}  // namespace bascule::tls
