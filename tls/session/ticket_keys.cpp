#include "tls/session/ticket_keys.h"

#include "base/error.h"
#include "tls/openssl.h"
#include "tls/x509/pem.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

namespace bascule::tls {
namespace {

using Key = TicketKeys::Key;
constexpr std::size_t kKeySize = 80;
constexpr std::size_t kMostKeys = 16;

Key make_key(WallTime now) {
    Key key;
    require(RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) == 1 &&
                RAND_priv_bytes(key.mac.data(), static_cast<int>(key.mac.size())) == 1 &&
                RAND_priv_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) == 1,
            "ticket keys");
    key.made = now;
    return key;
}

const EVP_CIPHER* aes() {
    static const Handle<EVP_CIPHER, EVP_CIPHER_free> cipher(EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr));
    return cipher.get();
}

bool init_mac(EVP_MAC_CTX* mac, const Key& key) {
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    return EVP_MAC_init(mac, key.mac.data(), key.mac.size(), parameters) == 1;
}

/// SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 0 means no ticket, 1 a good one, 2 a good one to be renewed, -1 a failure.
int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
              int encrypt) noexcept try {
    auto& keys = *static_cast<TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    if (encrypt != 0) {
        const auto key = keys.current();
        std::ranges::copy(key.name, name);
        const bool done = RAND_bytes(iv, EVP_CIPHER_get_iv_length(aes())) == 1 &&
                          EVP_EncryptInit_ex2(cipher, aes(), key.cipher.data(), iv, nullptr) == 1 && init_mac(mac, key);
        return done ? 1 : -1;
    }
    const auto found = keys.find(name);
    if (!found) return 0;
    const bool done =
        init_mac(mac, found->key) && EVP_DecryptInit_ex2(cipher, aes(), found->key.cipher.data(), iv, nullptr) == 1;
    // A client of TLS 1.3 uses a ticket once (RFC 8446 appendix C.4): it gets the next with each resumption.
    const bool renew = !found->is_current || SSL_version(ssl) >= TLS1_3_VERSION;
    return !done ? -1 : renew ? 2 : 1;
} catch (...) {
    return -1;
}

}  // namespace

TicketKeys::Key::~Key() {
    OPENSSL_cleanse(mac.data(), mac.size());
    OPENSSL_cleanse(cipher.data(), cipher.size());
}

TicketKeys::TicketKeys(Clock now) : now_(now), ring_{make_key(now())} {}

TicketKeys::Ring TicketKeys::read_file(const std::string& path) {
    auto octets = read_private_file(path);
    if (octets.empty() || octets.size() % kKeySize != 0 || octets.size() > kKeySize * kMostKeys) {
        throw Error("{}: {} octets; ticket keys are 80 octets each, and at most {}: head -c 80 /dev/urandom > {}", path,
                    octets.size(), kMostKeys, path);
    }
    Ring ring(octets.size() / kKeySize);
    Cursor cursor(as_bytes(octets));
    for (auto& key : ring) {
        for (const std::span<std::uint8_t> part : {std::span<std::uint8_t>(key.name), std::span<std::uint8_t>(key.mac),
                                                   std::span<std::uint8_t>(key.cipher)}) {
            std::ranges::copy(*cursor.take(part.size()), part.begin());
        }
    }
    OPENSSL_cleanse(octets.data(), octets.size());
    return ring;
}

void TicketKeys::use(Ring shared) {
    const std::scoped_lock lock(lock_);
    if (shared.empty() && !shared_) return;
    shared_ = !shared.empty();
    ring_ = shared_ ? std::move(shared) : Ring{make_key(now_())};
}

TicketKeys::Key TicketKeys::current() {
    const std::scoped_lock lock(lock_);
    rotate(now_());
    return ring_.front();
}

std::optional<TicketKeys::Found> TicketKeys::find(const unsigned char* name) {
    const std::scoped_lock lock(lock_);
    rotate(now_());
    const auto found =
        std::ranges::find_if(ring_, [&](const Key& key) { return std::equal(key.name.begin(), key.name.end(), name); });
    if (found == ring_.end()) return std::nullopt;
    return Found{*found, found == ring_.begin()};
}

void TicketKeys::rotate(WallTime now) {
    if (shared_) return;
    const auto& newest = ring_.front();
    if (now - newest.made >= kRotation || now < newest.made) ring_.insert(ring_.begin(), make_key(now));
    std::erase_if(ring_, [&](const Key& key) { return now - key.made > kRotation + kTicketLife || now < key.made; });
}

void TicketKeys::serve(SSL_CTX* context) {
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
    SSL_CTX_set_timeout(context, std::chrono::duration_cast<std::chrono::seconds>(kTicketLife).count());
}

}  // namespace bascule::tls
