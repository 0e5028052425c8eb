#pragma once

#include "tls/hello/client_hello.h"

#include <string>

/// What of a client's hello our own hello to the origin takes over (upstream.hello: mirror), as OpenSSL's lists.
namespace bascule::tls {

/// What the policy lets us speak.
struct OfferFloor {
    int minimum_version = 0x0303;
    bool legacy = false;  ///< TLS 1.0 and 1.1, RSA key exchange, CBC, SHA-1
    /// All that the client offers, below the floor too: only for sessions that refuse it where it is chosen
    /// (check_choices, unless `legacy`), and whose origin can be asked again.
    bool whole = false;
};

/// One shape of our hello, without the name and the protocols. Lists are in the client's order; what OpenSSL does
/// not know or (unless the hello is whole) the floor does not allow is left out. A list of which nothing is left stands
/// for our own default.
struct Offer {
    int minimum_version = 0;
    int maximum_version = 0;
    std::string ciphers;  ///< up to TLS 1.2
    std::string suites;   ///< TLS 1.3
    std::string groups;   ///< marked (chooses_key_shares) where the client sent a key share; else such a one is first
    std::string signature_algorithms;
    std::vector<std::uint16_t> compressions;  ///< of certificates, in TLS 1.3; none: there is no extension
    bool session_ticket = true;
    bool extended_master_secret = true;
    bool encrypt_then_mac = true;
    bool status_request = false;
    bool signed_certificate_timestamp = false;
    bool post_handshake_auth = false;
    bool renegotiation_suite = false;  ///< RFC 5746 is said as a suite; else as the library likes
    // In a whole hello only.
    bool status_request_v2 = false;
    bool record_size_limit = false;
    bool signature_algorithms_cert = false;
};

/// Our hello as the client's.
Offer mirrored_offer(const ClientHello& hello, OfferFloor floor);
/// Our own hello, whose versions and post-quantum groups alone are the client's.
Offer own_offer(const ClientHello& hello, OfferFloor floor);

/// OpenSSL's names of the suites that origins are offered when nobody else's are taken over: RFC 9325, then what is
/// left of servers that have nothing better; all that there is where `legacy`.
std::string allowed_ciphers(bool legacy);

/// Whether the floor allows an origin to choose this suite, of any version of TLS.
bool allows_cipher(std::uint16_t number);
/// Whether the floor allows an origin to sign with this scheme (IANA "TLS SignatureScheme").
bool allows_scheme(std::uint16_t number);
/// OpenSSL's name of a scheme; empty: this library does not know it.
std::string_view scheme_name(std::uint16_t number);

/// The body of signature_algorithms_cert: all schemes that have a name, those of the floor first.
const Bytes& scheme_list();

/// The client's algorithms to compress certificates with, as far as this library has them.
std::vector<std::uint16_t> known_compressions(const ClientHello& hello);

/// OpenSSL's name of a suite up to TLS 1.2, by its IANA number; empty: none that even `legacy` allows.
std::string_view cipher_name(std::uint16_t number);

/// OpenSSL's name of a group, by its number; empty: not known.
std::string_view group_name(std::uint16_t number);
/// The number of a group, by what SSL_get_negotiated_group() calls it; 0: not known.
std::uint16_t group_number(int nid);

/// Whether a recording of what this group protects stays closed to quantum computers: ML-KEM, alone or in a hybrid.
bool is_post_quantum(std::uint16_t group);
/// The name of the first such group that a client of TLS 1.3 offers; empty: none.
std::string_view post_quantum_offer(const ClientHello& hello);
/// Whether one of them can be offered to origins and spoken with the client: OpenSSL 3.5 and newer can.
bool can_mirror_post_quantum(const ClientHello& hello);
/// The same for the library as a whole.
bool speaks_post_quantum();
inline constexpr const char* kGroups = "X25519:P-256:P-384:P-521";
/// Of TLS 1.2 alone, for clients that have nothing else.
inline constexpr const char* kRareGroups = "secp256k1:brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:P-224";

}  // namespace bascule::tls
