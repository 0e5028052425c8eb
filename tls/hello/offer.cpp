#include "tls/hello/offer.h"

#include "base/error.h"
#include "tls/handles.h"
#include "tls/library.h"

#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace bascule::tls {
namespace {

// IANA "TLS ExtensionType Values".
enum Extension : std::uint16_t {
    kStatusRequest = 5,
    kStatusRequestV2 = 17,
    kSignedCertificateTimestamp = 18,
    kEncryptThenMac = 22,
    kExtendedMasterSecret = 23,
    kRecordSizeLimit = 28,
    kSessionTicket = 35,
    kPostHandshakeAuth = 49,
    kSignatureAlgorithmsCert = 50,
};

// RFC 9325 section 4.2: forward secrecy and AEAD; then DHE and the CBC suites of origins that have nothing better.
constexpr const char* kAllowed =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384";
constexpr const char* kLegacy = "ALL:!aNULL:!eNULL:!EXPORT:!PSK:!SRP:!RC4:@SECLEVEL=0";

struct Named {
    std::uint16_t number;
    std::string_view name;
    bool weak = false;  ///< below the floor
};

struct Group {
    std::uint16_t number;
    std::string_view name;
    int nid;
};

/// IANA "TLS Supported Groups", those of OpenSSL 3.0 that are strong enough (112 bits).
constexpr std::array<Group, 15> kKnownGroups{{{29, "X25519", NID_X25519},
                                              {23, "P-256", NID_X9_62_prime256v1},
                                              {24, "P-384", NID_secp384r1},
                                              {25, "P-521", NID_secp521r1},
                                              {30, "X448", NID_X448},
                                              {256, "ffdhe2048", NID_ffdhe2048},
                                              {257, "ffdhe3072", NID_ffdhe3072},
                                              {258, "ffdhe4096", NID_ffdhe4096},
                                              {259, "ffdhe6144", NID_ffdhe6144},
                                              {260, "ffdhe8192", NID_ffdhe8192},
                                              {21, "P-224", NID_secp224r1},
                                              {22, "secp256k1", NID_secp256k1},
                                              {26, "brainpoolP256r1", NID_brainpoolP256r1},
                                              {27, "brainpoolP384r1", NID_brainpoolP384r1},
                                              {28, "brainpoolP512r1", NID_brainpoolP512r1}}};

/// IANA "TLS SignatureScheme"; which of them there are is the library's to say.
constexpr std::array<Named, 29> kSchemeNames{{{0x0403, "ecdsa_secp256r1_sha256"},
                                              {0x0503, "ecdsa_secp384r1_sha384"},
                                              {0x0603, "ecdsa_secp521r1_sha512"},
                                              {0x0807, "ed25519"},
                                              {0x0808, "ed448"},
                                              {0x0804, "rsa_pss_rsae_sha256"},
                                              {0x0805, "rsa_pss_rsae_sha384"},
                                              {0x0806, "rsa_pss_rsae_sha512"},
                                              {0x0809, "rsa_pss_pss_sha256"},
                                              {0x080a, "rsa_pss_pss_sha384"},
                                              {0x080b, "rsa_pss_pss_sha512"},
                                              {0x0401, "rsa_pkcs1_sha256"},
                                              {0x0501, "rsa_pkcs1_sha384"},
                                              {0x0601, "rsa_pkcs1_sha512"},
                                              {0x0904, "mldsa44"},
                                              {0x0905, "mldsa65"},
                                              {0x0906, "mldsa87"},
                                              {0x081a, "ecdsa_brainpoolP256r1tls13_sha256"},
                                              {0x081b, "ecdsa_brainpoolP384r1tls13_sha384"},
                                              {0x081c, "ecdsa_brainpoolP512r1tls13_sha512"},
                                              {0x0303, "ECDSA+SHA224", true},
                                              {0x0301, "rsa_pkcs1_sha224", true},
                                              {0x0203, "ECDSA+SHA1", true},
                                              {0x0201, "rsa_pkcs1_sha1", true},
                                              {0x0602, "DSA+SHA512", true},
                                              {0x0502, "DSA+SHA384", true},
                                              {0x0402, "DSA+SHA256", true},
                                              {0x0302, "DSA+SHA224", true},
                                              {0x0202, "DSA+SHA1", true}}};

constexpr std::array<Named, 5> kSuiteNames{{{0x1301, "TLS_AES_128_GCM_SHA256"},
                                            {0x1302, "TLS_AES_256_GCM_SHA384"},
                                            {0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
                                            {0x1304, "TLS_AES_128_CCM_SHA256"},
                                            {0x1305, "TLS_AES_128_CCM_8_SHA256", true}}};

using CipherNames = std::unordered_map<std::uint16_t, std::string>;

/// The ciphers that OpenSSL makes of a list, by their IANA number.
CipherNames read_ciphers(const char* list) {
    const ContextHandle context(SSL_CTX_new(TLS_client_method()));
    if (!context || SSL_CTX_set_cipher_list(context.get(), list) != 1) throw Error("OpenSSL knows none of its ciphers");
    CipherNames names;
    const auto* ciphers = SSL_CTX_get_ciphers(context.get());
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
        const auto* cipher = sk_SSL_CIPHER_value(ciphers, i);
        names.emplace(SSL_CIPHER_get_protocol_id(cipher), SSL_CIPHER_get_name(cipher));
    }
    for (const auto& suite : kSuiteNames) names.erase(suite.number);
    return names;
}

const CipherNames& cipher_names(bool weak) {
    static const CipherNames allowed = read_ciphers(kAllowed);
    static const CipherNames all = read_ciphers(kLegacy);
    return weak ? all : allowed;
}

std::vector<Named> schemes_at_hand() {
    std::vector<Named> known;
    std::ranges::copy_if(kSchemeNames, std::back_inserter(known),
                         [](auto& scheme) { return knows_scheme(scheme.name); });
    return known;
}

const std::vector<Named>& schemes() {
    static const std::vector<Named> known = schemes_at_hand();
    return known;
}

std::string_view name_among(const CipherNames& names, std::uint16_t number) {
    const auto found = names.find(number);
    return found == names.end() ? std::string_view() : std::string_view(found->second);
}

/// The names of the numbers that are known, each once, in the order of the numbers.
template <class Find>
std::string list_of(const std::vector<std::uint16_t>& numbers, Find find) {
    std::string list;
    std::vector<std::uint16_t> taken;
    for (const auto number : numbers) {
        const std::string_view name = find(number);
        if (name.empty() || std::ranges::find(taken, number) != taken.end()) continue;
        taken.push_back(number);
        list += list.empty() ? "" : ":";
        list += name;
    }
    return list;
}

template <class Names>
auto finder(const Names& names, bool weak) {
    return [&names, weak](std::uint16_t number) -> std::string_view {
        const auto found = std::ranges::find(names, number, &Named::number);
        return found == names.end() || (found->weak && !weak) ? std::string_view() : found->name;
    };
}

/// OpenSSL makes one key share, for the first group: it is to be the client's first that is known, so that an origin
/// asks for another one (HelloRetryRequest) where it would have asked the client.
std::vector<std::uint16_t> shared_first(const ClientHello& hello) {
    auto groups = hello.groups;
    const auto shared = std::ranges::find_if(hello.key_shares, [&](std::uint16_t group) {
        return !group_name(group).empty() && std::ranges::find(groups, group) != groups.end();
    });
    if (shared == hello.key_shares.end()) return groups;
    std::erase(groups, *shared);
    groups.insert(groups.begin(), *shared);
    return groups;
}

void set_versions(Offer& offer, const ClientHello& hello, OfferFloor floor) {
    const int lowest = floor.legacy ? TLS1_VERSION : floor.minimum_version;
    offer.minimum_version = TLS1_3_VERSION;
    offer.maximum_version = lowest;
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
        if (version < lowest || !hello.offers(static_cast<std::uint16_t>(version))) continue;
        offer.minimum_version = std::min(offer.minimum_version, version);
        offer.maximum_version = version;
    }
    // A client that is below the floor altogether: the origin gets the least that the policy allows.
    offer.minimum_version = std::min(offer.minimum_version, offer.maximum_version);
}

/// Older versions too, down to the client's; OpenSSL knows no gaps.
void add_older_versions(Offer& offer, const ClientHello& hello) {
    if (!hello.offers(static_cast<std::uint16_t>(offer.maximum_version))) return;
    while (offer.minimum_version > TLS1_VERSION &&
           hello.offers(static_cast<std::uint16_t>(offer.minimum_version - 1))) {
        --offer.minimum_version;
    }
}

}  // namespace

std::string allowed_ciphers(bool legacy) {
    return legacy ? kLegacy : kAllowed;
}

bool allows_cipher(std::uint16_t number) {
    return !finder(kSuiteNames, false)(number).empty() || cipher_names(false).contains(number);
}

bool allows_scheme(std::uint16_t number) {
    return !finder(schemes(), false)(number).empty();
}

std::string_view scheme_name(std::uint16_t number) {
    return finder(schemes(), true)(number);
}

const Bytes& scheme_list() {
    static const Bytes list = [] {
        Bytes octets{0, static_cast<std::uint8_t>(2 * schemes().size())};
        for (const auto& scheme : schemes()) {
            octets.push_back(static_cast<std::uint8_t>(scheme.number >> 8));
            octets.push_back(static_cast<std::uint8_t>(scheme.number));
        }
        return octets;
    }();
    return list;
}

std::vector<std::uint16_t> known_compressions(const ClientHello& hello) {
    std::vector<std::uint16_t> known;
    for (const auto algorithm : hello.compressions) {
        const bool twice = std::ranges::find(known, algorithm) != known.end();
        if (!twice && std::ranges::find(compressions(), algorithm) != compressions().end()) known.push_back(algorithm);
    }
    return known;
}

std::string_view cipher_name(std::uint16_t number) {
    return name_among(cipher_names(true), number);
}

std::string_view group_name(std::uint16_t number) {
    const auto found = std::ranges::find(kKnownGroups, number, &Group::number);
    return found == kKnownGroups.end() ? std::string_view() : found->name;
}

std::uint16_t group_number(int nid) {
    const auto found = std::ranges::find(kKnownGroups, nid, &Group::nid);
    return found == kKnownGroups.end() ? std::uint16_t{0} : found->number;
}

Offer mirrored_offer(const ClientHello& hello, OfferFloor floor) {
    Offer offer;
    set_versions(offer, hello, floor);
    if (floor.whole) add_older_versions(offer, hello);
    const bool weak = floor.legacy || floor.whole;
    const auto& known = cipher_names(weak);
    offer.ciphers = list_of(hello.ciphers, [&](std::uint16_t number) { return name_among(known, number); });
    offer.suites = list_of(hello.ciphers, finder(kSuiteNames, weak));
    offer.groups = list_of(shared_first(hello), group_name);
    offer.signature_algorithms = list_of(hello.signature_algorithms, finder(schemes(), weak));
    offer.compressions = known_compressions(hello);
    offer.session_ticket = hello.has_extension(kSessionTicket);
    offer.extended_master_secret = hello.has_extension(kExtendedMasterSecret);
    offer.encrypt_then_mac = hello.has_extension(kEncryptThenMac);
    offer.status_request = hello.has_extension(kStatusRequest);
    offer.signed_certificate_timestamp = hello.has_extension(kSignedCertificateTimestamp);
    offer.post_handshake_auth = hello.has_extension(kPostHandshakeAuth);
    offer.status_request_v2 = floor.whole && hello.has_extension(kStatusRequestV2);
    offer.record_size_limit = floor.whole && hello.has_extension(kRecordSizeLimit);
    offer.signature_algorithms_cert = floor.whole && hello.has_extension(kSignatureAlgorithmsCert);
    return offer;
}

Offer own_offer(const ClientHello& hello, OfferFloor floor) {
    Offer offer;
    set_versions(offer, hello, floor);
    offer.ciphers = allowed_ciphers(floor.legacy);
    return offer;
}

}  // namespace bascule::tls
