#include "tls/session/session_cache.h"

#include <algorithm>
#include <numeric>

namespace bascule::tls {
namespace {

using namespace std::chrono_literals;
constexpr auto kLongest = 24h;  // RFC 8446 section 4.6.1 allows seven days

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

std::size_t SessionCache::octets_of(const Bundle& bundle) {
    return std::accumulate(bundle.begin(), bundle.end(), std::size_t{0},
                           [](std::size_t sum, const Kept& kept) { return sum + kept.octets; });
}

SessionCache::Taken SessionCache::take(const Digest& key) {
    Taken taken;
    const auto now = now_();
    const WallTime date = std::chrono::system_clock::now();
    sessions_.change(key, now, [&](Bundle& bundle) {
        std::erase_if(bundle, [&](const Kept& kept) { return kept.until <= now || kept.chain_end <= date; });
        if (!bundle.empty()) {
            taken = {.session = bundle.back().session, .chain_end = bundle.back().chain_end};
            if (is_for_one_use(taken.session.get())) bundle.pop_back();
        }
        return octets_of(bundle);
    });
    if (taken.session && !is_for_one_use(taken.session.get())) {
        taken.session = {SSL_SESSION_dup(taken.session.get()), SSL_SESSION_free};
    }
    return taken;
}

void SessionCache::forget(const Digest& key) {
    sessions_.change(key, now_(), [](Bundle&) { return std::size_t{0}; });
}

void SessionCache::put(const Digest& key, SSL_SESSION* session, WallTime chain_end) {
    if (SSL_SESSION_is_resumable(session) != 1) return;
    std::shared_ptr<SSL_SESSION> copy(SSL_SESSION_dup(session), SSL_SESSION_free);
    if (!copy) return;
    const auto now = now_();
    Kept kept{.session = std::move(copy),
              .until = end_of(session, now),
              .chain_end = chain_end,
              .octets = memory_of(session)};
    const bool added = sessions_.change(key, now, [&](Bundle& bundle) {
        const std::size_t most = is_for_one_use(session) ? kPerKey : 1;
        while (bundle.size() >= most) bundle.erase(bundle.begin());
        bundle.push_back(std::move(kept));
        return octets_of(bundle);
    });
    if (added) return;
    const auto octets = kept.octets;
    Bundle bundle;
    bundle.push_back(std::move(kept));
    sessions_.put(key, std::move(bundle), now + kLongest, octets);
}

}  // namespace bascule::tls
