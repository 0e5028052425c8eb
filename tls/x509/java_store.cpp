#include "tls/x509/java_store.h"

#include "tls/openssl.h"
#include "tls/x509/certificate.h"
#include "tls/x509/pem.h"

#include <openssl/sha.h>

#include <array>
#include <string_view>

namespace bascule::tls {
namespace {

constexpr std::uint64_t kMagic = 0xfeedfeed;
constexpr std::uint64_t kVersion = 2;
constexpr std::uint64_t kTrustedCertificate = 2;
constexpr std::string_view kPassword = "changeit";
constexpr std::string_view kPepper = "Mighty Aphrodite";  // of the format

void add(Bytes& out, std::uint64_t number, int octets) {
    for (int i = octets - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

void add(Bytes& out, std::string_view text) {
    add(out, text.size(), 2);
    out.insert(out.end(), text.begin(), text.end());
}

void add_entry(Bytes& out, std::size_t number, const Bytes& der) {
    add(out, kTrustedCertificate, 4);
    add(out, "root" + std::to_string(number));
    add(out, 0, 8);  // when it was made
    add(out, "X.509");
    add(out, der.size(), 4);
    out.insert(out.end(), der.begin(), der.end());
}

/// Over the password in UTF-16, then that text, then the store.
std::array<std::uint8_t, SHA_DIGEST_LENGTH> seal_of(const Bytes& store) {
    Bytes sealed;
    for (const char c : kPassword) add(sealed, static_cast<std::uint8_t>(c), 2);
    sealed.insert(sealed.end(), kPepper.begin(), kPepper.end());
    sealed.insert(sealed.end(), store.begin(), store.end());
    std::array<std::uint8_t, SHA_DIGEST_LENGTH> seal{};
    ::SHA1(sealed.data(), sealed.size(), seal.data());
    return seal;
}

}  // namespace

Bytes java_trust_store(const std::string& pem_file) {
    const auto roots = read_certificates(pem_file);
    Bytes store;
    add(store, kMagic, 4);
    add(store, kVersion, 4);
    add(store, roots.size(), 4);
    for (std::size_t i = 0; i < roots.size(); ++i) add_entry(store, i, der_of(roots[i].get()));
    const auto seal = seal_of(store);
    store.insert(store.end(), seal.begin(), seal.end());
    return store;
}

}  // namespace bascule::tls
