#include "tls/hello/downgrades.h"

#include "tls/hello/offer.h"

#include <openssl/ssl.h>

#include <algorithm>

namespace bascule::tls {
namespace {

/// An origin that speaks no TLS 1.3 has no such group either.
bool lost_post_quantum(const ClientHello& hello, const Agreed& upstream, const Agreed& client) {
    if (upstream.version != TLS1_3_VERSION || post_quantum_offer(hello).empty()) return false;
    return !can_mirror_post_quantum(hello) || (is_post_quantum(upstream.group) && client.group != upstream.group);
}

bool lost_version(const ClientHello& hello, const Agreed& upstream, const Agreed& client) {
    return client.version < upstream.version && hello.offers(static_cast<std::uint16_t>(upstream.version));
}

bool lost_cipher(const ClientHello& hello, const Agreed& upstream, const Agreed& client) {
    return std::ranges::find(hello.ciphers, upstream.cipher) == hello.ciphers.end() ||
           client.cipher_bits < upstream.cipher_bits;
}

}  // namespace

std::vector<std::string_view> downgrades(const ClientHello& hello, const Agreed& upstream, const Agreed& client) {
    std::vector<std::string_view> lost;
    if (lost_post_quantum(hello, upstream, client)) lost.emplace_back("post-quantum");
    if (lost_version(hello, upstream, client)) lost.emplace_back("version");
    if (lost_cipher(hello, upstream, client)) lost.emplace_back("cipher");
    return lost;
}

}  // namespace bascule::tls
