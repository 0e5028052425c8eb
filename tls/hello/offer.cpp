#include "tls/hello/offer.h"

#include "base/error.h"
#include "tls/handles.h"
#include "tls/library.h"

#include <fmt/format.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace bascule::tls {
namespace {

constexpr std::uint16_t kRenegotiationSuite = 0x00ff;  // RFC 5746 section 3.3

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
    kRenegotiationInfo = 0xff01,
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

constexpr int kNoNid = -1;

struct Group {
    std::uint16_t number;
    std::string_view name;
    int nid = kNoNid;
    bool post_quantum = false;
};

/// IANA "TLS Supported Groups", those that some OpenSSL knows and that are strong enough (112 bits). The hybrids are of
/// draft-ietf-tls-ecdhe-mlkem, ML-KEM alone of draft-ietf-tls-mlkem; that of 2023, Kyber, was for trials.
constexpr std::array<Group, 22> kGroupNames{{{29, "X25519", NID_X25519},
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
                                             {28, "brainpoolP512r1", NID_brainpoolP512r1},
                                             {4588, "X25519MLKEM768", kNoNid, true},
                                             {4587, "SecP256r1MLKEM768", kNoNid, true},
                                             {4589, "SecP384r1MLKEM1024", kNoNid, true},
                                             {512, "MLKEM512", kNoNid, true},
                                             {513, "MLKEM768", kNoNid, true},
                                             {514, "MLKEM1024", kNoNid, true},
                                             {25497, "X25519Kyber768Draft00", kNoNid, true}}};
// Each share costs a key: OpenSSL sends ten of them at most, and browsers two or three.
constexpr std::size_t kMostKeyShares = 4;

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
        const std::string name(find(number));
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

std::vector<Group> groups_at_hand() {
    std::vector<Group> known;
    std::ranges::copy_if(kGroupNames, std::back_inserter(known), [](auto& group) { return knows_group(group.name); });
    return known;
}

const std::vector<Group>& known_groups() {
    static const std::vector<Group> known = groups_at_hand();
    return known;
}

/// The client's key shares, as far as we could send them too.
std::vector<std::uint16_t> known_shares(const ClientHello& hello) {
    std::vector<std::uint16_t> shares;
    for (const auto group : hello.key_shares) {
        const bool offered = std::ranges::find(hello.groups, group) != hello.groups.end();
        if (offered && !group_name(group).empty() && shares.size() < kMostKeyShares) shares.push_back(group);
    }
    return shares;
}

/// Where OpenSSL makes one key share, for the first group: it is to be the client's first that is known, so that an
/// origin asks for another one (HelloRetryRequest) where it would have asked the client.
std::vector<std::uint16_t> shared_first(const ClientHello& hello) {
    auto groups = hello.groups;
    const auto shares = known_shares(hello);
    if (shares.empty()) return groups;
    std::erase(groups, shares.front());
    groups.insert(groups.begin(), shares.front());
    return groups;
}

/// Those of the client's groups that `wanted` holds for, with its key shares.
std::string group_list(const ClientHello& hello, auto wanted) {
    const auto shares = chooses_key_shares() ? known_shares(hello) : std::vector<std::uint16_t>();
    return list_of(chooses_key_shares() ? hello.groups : shared_first(hello), [&](std::uint16_t number) {
        const auto name = wanted(number) ? group_name(number) : std::string_view();
        const bool shared = !name.empty() && std::ranges::find(shares, number) != shares.end();
        return shared ? fmt::format("*{}", name) : std::string(name);
    });
}

/// Our own groups, behind the client's post-quantum ones; empty: none of those.
std::string own_groups(const ClientHello& hello) {
    auto list = group_list(hello, is_post_quantum);
    if (!list.empty()) list += fmt::format(":{}{}", chooses_key_shares() ? "*" : "", kGroups);
    return list;
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

/// OpenSSL says renegotiation_info, as the client does, only where TLS 1.0 is not offered, which would be refused.
int oldest_offered(const Offer& offer, const ClientHello& hello) {
    const bool says_info = !offer.renegotiation_suite && hello.has_extension(kRenegotiationInfo);
    return says_info && says_renegotiation_info() ? TLS1_1_VERSION : TLS1_VERSION;
}

/// Older versions too, down to the client's; OpenSSL knows no gaps.
void add_older_versions(Offer& offer, const ClientHello& hello) {
    if (!hello.offers(static_cast<std::uint16_t>(offer.maximum_version))) return;
    while (offer.minimum_version > oldest_offered(offer, hello) &&
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
    const auto found = std::ranges::find(known_groups(), number, &Group::number);
    return found == known_groups().end() ? std::string_view() : found->name;
}

std::uint16_t group_number(int nid) {
    constexpr int number_only = TLSEXT_nid_unknown;  // a group that has no NID goes by its number
    if ((nid & number_only) != 0) return static_cast<std::uint16_t>(nid & 0xffff);
    const auto found = std::ranges::find(kGroupNames, nid, &Group::nid);
    return found == kGroupNames.end() ? std::uint16_t{0} : found->number;
}

bool is_post_quantum(std::uint16_t group) {
    const auto found = std::ranges::find(kGroupNames, group, &Group::number);
    return found != kGroupNames.end() && found->post_quantum;
}

std::string_view post_quantum_offer(const ClientHello& hello) {
    const auto found = std::ranges::find_if(hello.groups, is_post_quantum);
    if (found == hello.groups.end() || !hello.offers(TLS1_3_VERSION)) return {};
    return std::ranges::find(kGroupNames, *found, &Group::number)->name;
}

bool can_mirror_post_quantum(const ClientHello& hello) {
    return std::ranges::any_of(hello.groups,
                               [](auto group) { return is_post_quantum(group) && !group_name(group).empty(); });
}

bool speaks_post_quantum() {
    return std::ranges::any_of(known_groups(), &Group::post_quantum);
}

Offer mirrored_offer(const ClientHello& hello, OfferFloor floor) {
    Offer offer;
    set_versions(offer, hello, floor);
    offer.renegotiation_suite = std::ranges::find(hello.ciphers, kRenegotiationSuite) != hello.ciphers.end();
    if (floor.whole) add_older_versions(offer, hello);
    const bool weak = floor.legacy || floor.whole;
    const auto& known = cipher_names(weak);
    offer.ciphers = list_of(hello.ciphers, [&](std::uint16_t number) { return name_among(known, number); });
    offer.suites = list_of(hello.ciphers, finder(kSuiteNames, weak));
    offer.groups = group_list(hello, [](std::uint16_t) { return true; });
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
    offer.groups = own_groups(hello);
    return offer;
}

}  // namespace bascule::tls
