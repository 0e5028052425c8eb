#include "tls/signer/signing_service.h"

#include "tls/openssl.h"
#include "tls/signer/authority.h"
#include "tls/signer/local_signer.h"
#include "tls/x509/certificate.h"
#include "tls/x509/signature_algorithm.h"

#include <openssl/crypto.h>

namespace bascule::tls {
namespace {

using namespace std::chrono_literals;
using signing::Kind;
using signing::Message;

constexpr Duration kAllowance = 24h;  // above the configured life: what is back-dated counts in, clocks differ

NameConstraints constraints_of(X509* authority) {
    const int at = X509_get_ext_by_NID(authority, NID_name_constraints, -1);
    if (at < 0) return {};
    const auto* value = X509_EXTENSION_get_data(X509_get_ext(authority, at));
    auto parsed = NameConstraints::parse({value->data, static_cast<std::size_t>(value->length)});
    if (!parsed) throw Error("its name constraints are malformed");
    return std::move(*parsed);
}

/// Of the CA and of all above it: what one of them excludes no client accepts.
std::vector<NameConstraints> all_constraints(CertificateAndKey& authority) {
    const auto above = chain_above(authority.certificate.get(), std::move(authority.others));
    std::vector<NameConstraints> all;
    all.push_back(constraints_of(authority.certificate.get()));
    for (const auto& issuer : above.issuers) all.push_back(constraints_of(issuer.get()));
    if (above.root) all.push_back(constraints_of(above.root.get()));
    return all;
}

IssuingRules rules_of(CertificateAndKey& loaded, Duration longest) {
    X509* const authority = loaded.certificate.get();
    return {.subject = to_der<i2d_X509_NAME>(X509_get_subject_name(authority)),
            .public_key = to_der<i2d_X509_PUBKEY>(X509_get_X509_PUBKEY(authority)),
            .algorithm = signature_algorithm(X509_get0_pubkey(authority)),
            .not_after = time_of(X509_get0_notAfter(authority)),
            .longest = longest,
            .constraints = all_constraints(loaded)};
}

Bytes tell(Kind kind, const Message& asked, std::string_view text) {
    return signing::frame(kind, asked.number, {as_bytes(text)});
}

/// What a load asks for.
struct LoadRequest {
    Duration lifetime{};
    std::string certificate;
    std::string key;
};

std::optional<LoadRequest> read_load(ByteView body) {
    Cursor cursor(body);
    const auto high = cursor.u32();
    const auto low = cursor.u32();
    const auto certificate = cursor.vector(2);
    if (!high || !low || *high != 0 || !certificate) return std::nullopt;
    return LoadRequest{std::chrono::seconds(*low), std::string(as_text(*certificate)),
                       std::string(as_text(cursor.rest()))};
}

}  // namespace

struct SigningService::Entry {
    Digest identity;  ///< of its file's certificates
    KeyHandle key;
    IssuingRules rules;
    std::size_t loads = 0;
};

bool TokenBucket::take(Clock::time_point now) {
    const std::chrono::duration<double> passed = now - std::exchange(filled_, now);
    left_ = std::min(burst_, left_ + passed.count() * per_second_);
    if (left_ < 1) return false;
    --left_;
    return true;
}

SigningService::SigningService(TokenBucket rate, Clock now) : rate_(rate), now_(now) {}
SigningService::~SigningService() = default;

Bytes SigningService::answer(const Message& message, From from) {
    try {
        if (message.kind == Kind::sign) return sign(message);
        if (from == From::control && message.kind == Kind::load) return load(message);
        if (from != From::control || message.kind != Kind::release) throw Error("not a request that may be made here");
        release(message);
        return {};
    } catch (const Error& error) {
        return tell(Kind::failed, message, error.what());
    }
}

Bytes SigningService::sign(const Message& message) {
    Cursor cursor(message.body);
    const auto found = authorities_.find(cursor.u32().value_or(0));
    if (found == authorities_.end()) throw Error("the signer has no such CA");
    const auto& entry = *found->second;
    if (!rate_.take(now_())) {
        return tell(Kind::busy, message, "more certificates are asked for than the signer gives in this time");
    }
    if (const auto fault = fault_of_leaf(cursor.rest(), entry.rules)) {
        return tell(Kind::refused, message, "the signer refuses this certificate: " + *fault);
    }
    return signing::frame(Kind::signature, message.number, {sign_with(entry.key.get(), cursor.rest())});
}

Bytes SigningService::load(const Message& message) {
    const auto request = read_load(message.body);
    if (!request) throw Error("a malformed request");
    try {
        auto loaded = read_authority(request->certificate, request->key);
        auto certificates = to_der<i2d_X509>(loaded.certificate.get());
        for (const auto& other : loaded.others) {
            const auto der = to_der<i2d_X509>(other.get());
            certificates.insert(certificates.end(), der.begin(), der.end());
        }
        const auto number =
            keep(std::move(loaded), Sha256().add(certificates).finish(), request->lifetime + kAllowance);
        return signing::frame(Kind::loaded, message.number, {signing::big_endian(number, 4), certificates});
    } catch (const AuthorityError& error) {
        const bool certificate = error.file == AuthorityError::File::certificate;
        return tell(certificate ? Kind::bad_certificate : Kind::bad_key, message, error.what());
    }
}

/// The same certificates with the same lifetime are one authority, however often it is loaded.
std::uint32_t SigningService::keep(CertificateAndKey loaded, const Digest& identity, Duration longest) {
    for (const auto& [number, entry] : authorities_) {
        if (entry->identity != identity || entry->rules.longest != longest) continue;
        entry->key = std::move(loaded.key);
        ++entry->loads;
        return number;
    }
    if (authorities_.size() >= kMostAuthorities)
        throw Error("the signer holds {} CAs, which is the most", kMostAuthorities);
    auto rules = rules_of(loaded, longest);
    auto entry = std::make_unique<Entry>(identity, std::move(loaded.key), std::move(rules), 1);
    authorities_.emplace(next_, std::move(entry));
    return next_++;
}

void SigningService::release(const Message& message) {
    const auto found = authorities_.find(Cursor(message.body).u32().value_or(0));
    if (found != authorities_.end() && --found->second->loads == 0) authorities_.erase(found);
}

void use_locked_heap() {
    constexpr std::size_t size = 256_KiB;  // some hundred keys
    constexpr std::size_t smallest = 32;
    CRYPTO_secure_malloc_init(size, smallest);
}

}  // namespace bascule::tls
