#include "tls/session/choice_check.h"

#include "tls/handles.h"
#include "tls/hello/offer.h"
#include "tls/session/session.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <bit>

namespace bascule::tls {
namespace {

int by_level(const SSL* ssl, const SSL_CTX* context, int operation, int bits, int nid, void* other, void* data) {
    static const auto callback = [] {
        const ContextHandle plain(SSL_CTX_new(TLS_client_method()));
        return SSL_CTX_get_security_callback(plain.get());
    }();
    return callback(ssl, context, operation, bits, nid, other, data);
}

std::uint16_t scheme_of(const void* other) {
    const auto* octets = static_cast<const unsigned char*>(other);
    return static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
}

/// What is neither a suite nor a scheme is not the floor's.
bool allowed(int operation, const void* other) {
    const int kind = operation & static_cast<int>(SSL_SECOP_OTHER_TYPE);
    if (kind == SSL_SECOP_OTHER_CIPHER) {
        return allows_cipher(SSL_CIPHER_get_protocol_id(static_cast<const SSL_CIPHER*>(other)));
    }
    return kind != SSL_SECOP_OTHER_SIGALG || allows_scheme(scheme_of(other));
}

/// What the origin chose, for a person; empty: `operation` is no choice of the origin's.
std::string choice_named(int operation, const void* other) {
    if (operation == SSL_SECOP_CIPHER_CHECK) return SSL_CIPHER_standard_name(static_cast<const SSL_CIPHER*>(other));
    if (operation == SSL_SECOP_SIGALG_CHECK) return fmt::format("a signature by {}", scheme_name(scheme_of(other)));
    return {};
}

void note_choice(const SSL* ssl, int operation, const void* other) noexcept try {
    if (auto choice = choice_named(operation, other); !choice.empty())
        Session::of(ssl).on_weak_choice(std::move(choice));
} catch (const std::exception&) {  // no memory: it is refused without a name
    ERR_clear_error();
}

bool shakes_hands_first(const SSL* ssl) {
    return ssl && Session::of(ssl).is_first_handshake();
}

/// OpenSSL asks with the same words what it may offer and what the origin may have chosen.
bool may_be_offered(const SSL* ssl, int operation) {
    switch (operation) {
        case SSL_SECOP_CIPHER_SUPPORTED:
        case SSL_SECOP_SIGALG_SUPPORTED:
        case SSL_SECOP_SIGALG_MASK:
            return shakes_hands_first(ssl);
        case SSL_SECOP_VERSION:
            return shakes_hands_first(ssl) && SSL_get_state(ssl) != TLS_ST_CR_SRVR_HELLO;
        default:
            return false;
    }
}

bool is_of_our_certificate(int operation) {
    return operation == SSL_SECOP_EE_KEY || operation == SSL_SECOP_CA_KEY || operation == SSL_SECOP_CA_MD;
}

int judge(const SSL* ssl, const SSL_CTX* context, int operation, int bits, int nid, void* other, void* minimum) {
    if (is_of_our_certificate(operation) || may_be_offered(ssl, operation)) return 1;
    if (operation == SSL_SECOP_VERSION && nid < std::bit_cast<std::intptr_t>(minimum)) return 0;
    if (allowed(operation, other)) return by_level(ssl, context, operation, bits, nid, other, nullptr);
    if (ssl) note_choice(ssl, operation, other);
    return 0;
}

}  // namespace

void check_choices(SSL_CTX* context, int minimum_version) {
    SSL_CTX_set_security_callback(context, judge);
    SSL_CTX_set0_security_ex_data(context, std::bit_cast<void*>(std::intptr_t{minimum_version}));
}

}  // namespace bascule::tls
