#include "tls/session_cache.h"

#include <algorithm>

namespace bascule::tls {
namespace {

using namespace std::chrono_literals;
constexpr auto kLongest = 24h;  // RFC 8446 section 4.6.1 allows seven days

/// The sessions of one key lie under keys that differ in one octet, all in the same shard.
Digest place(Digest key, std::uint8_t number) {
    key.front() ^= number;
    return key;
}

WallTime end_of(const SSL_SESSION* session, WallTime now) {
    const auto hint = std::chrono::seconds(SSL_SESSION_get_ticket_lifetime_hint(session));
    const auto agreed = std::chrono::seconds(SSL_SESSION_get_timeout(session));
    return now + std::min<std::chrono::seconds>({hint > 0s ? hint : agreed, agreed, kLongest});
}

/// An estimate from above: the session, and its certificate as OpenSSL decodes it.
std::size_t memory_of(const SSL_SESSION* session) {
    constexpr std::size_t kSession = 2048;
    constexpr std::size_t kDecoded = 3;  // times the DER
    const unsigned char* ticket = nullptr;
    std::size_t size = 0;
    SSL_SESSION_get0_ticket(session, &ticket, &size);
    X509* peer = SSL_SESSION_get0_peer(const_cast<SSL_SESSION*>(session));
    // The chain is not to be had here: it is taken to be as large as the certificate, twice.
    return kSession + size + (peer ? static_cast<std::size_t>(i2d_X509(peer, nullptr)) * kDecoded * 3 : 0);
}

bool is_for_one_use(const SSL_SESSION* session) {
    return SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION;
}

}  // namespace

SessionCache::SessionCache(std::size_t octets, Clock now) : now_(now), sessions_(octets) {}

std::shared_ptr<SSL_SESSION> SessionCache::take(const Digest& key) {
    const auto now = now_();
    const auto stays = [](const std::shared_ptr<SSL_SESSION>& kept) { return !is_for_one_use(kept.get()); };
    for (std::uint8_t number = 0; number < kPerKey; ++number) {
        auto found = sessions_.take(place(key, number), now, stays);
        if (!found) continue;
        if (!stays(*found)) return *std::move(found);
        if (SSL_SESSION* copy = SSL_SESSION_dup(found->get())) return {copy, SSL_SESSION_free};
    }
    return nullptr;
}

void SessionCache::put(const Digest& key, SSL_SESSION* session) {
    static thread_local std::uint8_t next = 0;
    if (SSL_SESSION_is_resumable(session) != 1) return;
    SSL_SESSION* copy = SSL_SESSION_dup(session);
    if (!copy) return;
    const auto number = is_for_one_use(session) ? static_cast<std::uint8_t>(next++ % kPerKey) : std::uint8_t{0};
    sessions_.put(place(key, number), {copy, SSL_SESSION_free}, end_of(session, now_()), memory_of(session));
}

}  // namespace bascule::tls
