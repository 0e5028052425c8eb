#include "tls/leaf/leaf.h"

#include "tls/leaf/leaf_keys.h"
#include "tls/openssl.h"
#include "tls/signer/tbs_check.h"
#include "tls/x509/certificate.h"
#include "tls/x509/extensions.h"
#include "tls/x509/leaf_names.h"
#include "tls/x509/signature_algorithm.h"

#include <algorithm>

namespace bascule::tls {
namespace {

using namespace std::chrono_literals;
constexpr Duration kMostBackdated = 24h;
constexpr Duration kShownFault = 1h;  // how long a leaf that is shown only for its fault (not valid now) is kept

constexpr std::uint8_t kNoAuthority[] = {0x30, 0x00};
constexpr std::uint8_t kSigns[] = {0x03, 0x02, 0x07, 0x80};              // digitalSignature
constexpr std::uint8_t kSignsAndEnciphers[] = {0x03, 0x02, 0x05, 0xa0};  // and keyEncipherment
constexpr std::uint8_t kServerAuth[] = {0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01};

struct Validity {
    WallTime begin;
    WallTime end;
    bool holds(WallTime now) const { return begin <= now && now < end; }
};

Validity validity_of(X509* certificate) {
    return {time_of(X509_get0_notBefore(certificate)), time_of(X509_get0_notAfter(certificate))};
}

/// Within the origin's and the CA's. An origin that is not valid now gives a leaf that is not valid now, unless the
/// origin was not to be verified: then its dates do not count.
Validity leaf_validity(const LeafRequest& request, WallTime now) {
    const auto authority = validity_of(request.authority->certificate());
    if (now < authority.begin) {
        throw Error(
            "the CA {} is not valid before {}, and this machine's clock says {}: set the clock; no restart is needed",
            request.authority->subject(), date_text(authority.begin), date_text(now));
    }
    if (!authority.holds(now)) {
        throw Error("the CA {} expired {}; see \"Changing the CA\" in bascule(8)", request.authority->subject(),
                    not_after_text(request.authority->certificate()));
    }
    const auto cast = [](Duration span) { return std::chrono::duration_cast<WallTime::duration>(span); };
    const auto lifetime = cast(request.lifetime);
    Validity leaf{now - cast(std::min(kMostBackdated, request.lifetime / 10)), {}};
    leaf.end = leaf.begin + lifetime;
    const auto origin = validity_of(request.origin);
    if (origin.holds(now) || !request.add_server_name) {
        leaf.begin = std::max(leaf.begin, origin.begin);
        leaf.end = std::min(leaf.begin + lifetime, origin.end);
        if (leaf.begin > leaf.end) leaf.begin = std::max(origin.begin, leaf.end - lifetime);
    }
    if (leaf.begin < authority.end) leaf.end = std::min(leaf.end, authority.end);
    if (authority.begin < leaf.end) leaf.begin = std::max(leaf.begin, authority.begin);
    return leaf;
}

void set_dates(X509* certificate, const Validity& validity) {
    const auto seconds = [](WallTime time) {
        return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
    };
    set_validity(certificate, seconds(validity.begin), seconds(validity.end));
}

/// Takes out what is not for TLS (signing code, say): the CA vouches for servers only.
void keep_leaf_purposes(EXTENDED_KEY_USAGE* usage) {
    for (int i = sk_ASN1_OBJECT_num(usage) - 1; i >= 0; --i) {
        const auto* purpose = sk_ASN1_OBJECT_value(usage, i);
        if (!is_leaf_purpose({OBJ_get0_data(purpose), OBJ_length(purpose)})) {
            ASN1_OBJECT_free(sk_ASN1_OBJECT_delete(usage, i));
        }
    }
}

void add_extended_key_usage(X509* certificate, X509* origin) {
    int critical = 0;
    const Handle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> usage(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(origin, NID_ext_key_usage, &critical, nullptr)));
    if (usage) keep_leaf_purposes(usage.get());
    for (int i = 0; usage && i < sk_ASN1_OBJECT_num(usage.get()); ++i) {
        const int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(usage.get(), i));
        if (nid != NID_server_auth && nid != NID_anyExtendedKeyUsage) continue;
        require(X509_add1_ext_i2d(certificate, NID_ext_key_usage, usage.get(), critical, 0) == 1, "key usage");
        return;
    }
    add_extension(certificate, NID_ext_key_usage, false, kServerAuth);
}

Bytes names_for(const LeafRequest& request) {
    if (request.show_fault) return names_of_origin(request.origin);
    return leaf_names(request.origin, request.server_name, request.add_server_name);
}

void add_extensions(X509* certificate, const LeafRequest& request, const LeafKey& key) {
    const bool nameless = X509_NAME_entry_count(X509_get_subject_name(certificate)) == 0;
    add_extension(certificate, NID_basic_constraints, true, kNoAuthority);
    add_extension(certificate, NID_key_usage, true, key.rsa ? ByteView(kSignsAndEnciphers) : ByteView(kSigns));
    add_extended_key_usage(certificate, request.origin);
    const auto names = names_for(request);
    if (!names.empty()) add_extension(certificate, NID_subject_alt_name, nameless, names);
    add_subject_key_id(certificate, key.id);
    add_authority_key_id(certificate, key_id_of(request.authority->certificate()));
}

/// The algorithm stands in the certificate twice, once under the signature (RFC 5280 section 4.1.1.2). OpenSSL sets
/// both only when it signs by itself, so they are reached through its read-only accessors.
void set_algorithm(X509* certificate, const EVP_PKEY* authority_key) {
    const X509_ALGOR* outer = nullptr;
    X509_get0_signature(nullptr, &outer, certificate);
    for (const auto* algorithm : {X509_get0_tbs_sigalg(certificate), outer}) {
        set_signature_algorithm(const_cast<X509_ALGOR*>(algorithm), authority_key);
    }
}

Bytes to_be_signed(X509* certificate) {
    return to_der<i2d_re_X509_tbs>(certificate);
}

void install_signature(X509* certificate, ByteView signature) {
    const ASN1_BIT_STRING* bits = nullptr;
    X509_get0_signature(&bits, nullptr, certificate);
    auto* place = const_cast<ASN1_BIT_STRING*>(bits);
    require(ASN1_STRING_set(place, signature.data(), static_cast<int>(signature.size())) == 1, "signature");
    place->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
    place->flags |= ASN1_STRING_FLAG_BITS_LEFT;  // all bits of the last octet count
}

CertificateHandle unsigned_leaf(const LeafRequest& request, const LeafKey& key, const Validity& validity) {
    CertificateHandle made(X509_new());
    auto* certificate = made.get();
    require(certificate && X509_set_version(certificate, X509_VERSION_3) == 1, "certificate");
    set_random_serial(certificate);
    auto* authority = request.authority->certificate();
    require(X509_set_issuer_name(certificate, X509_get_subject_name(authority)) == 1, "issuer");
    require(X509_set_subject_name(certificate, X509_get_subject_name(request.origin)) == 1, "subject");
    set_dates(certificate, validity);
    require(X509_set_pubkey(certificate, key.key.get()) == 1, "public key");
    add_extensions(certificate, request, key);
    set_algorithm(certificate, X509_get0_pubkey(authority));
    return made;
}

/// An estimate from above: the object, the names and extensions as DER, and each name as OpenSSL decodes it.
std::size_t leaf_memory(std::size_t der, std::size_t names) {
    return 4096 + der * 3 + names * 112;
}

std::size_t message_size(const Leaf& leaf) {
    auto size = static_cast<std::size_t>(i2d_X509(leaf.certificate.get(), nullptr));
    for (int i = 0; i < sk_X509_num(leaf.chain.get()); ++i) {
        size += static_cast<std::size_t>(i2d_X509(sk_X509_value(leaf.chain.get(), i), nullptr));
    }
    return size;
}

/// What its compressed forms take at most: one that is not smaller is not kept.
std::size_t forms_memory(const Leaf& leaf) {
    return compressions().empty() ? 0 : compressions().size() * message_size(leaf);
}

/// What goes with the leaf: taken over by reference.
ChainHandle chain_of(const Authority& authority) {
    if (!authority.sent()) return {};
    ChainHandle chain(X509_chain_up_ref(authority.sent()));
    require(chain != nullptr, "chain");
    return chain;
}

WallTime refresh_time(const Validity& validity, WallTime now) {
    if (!validity.holds(now)) return now + kShownFault;
    return now + (validity.end - now) / 3 * 2;
}

}  // namespace

const CompressedCertificate& Leaf::compressed(std::uint16_t algorithm) const {
    auto& form = forms.at(algorithm - 1U);
    std::call_once(form.once, [&] { form.made = compress_certificate(certificate.get(), chain.get(), algorithm); });
    return form.made;
}

net::Task<std::shared_ptr<const Leaf>> forge_leaf(const LeafRequest& request, WallTime now) {
    auto choice = LeafKeys::instance().choose(request);
    const auto& key = LeafKeys::instance().get(choice.shown);
    const auto validity = leaf_validity(request, now);
    auto leaf = std::make_shared<Leaf>();
    leaf->certificate = unsigned_leaf(request, key, validity);
    auto tbs = to_be_signed(leaf->certificate.get());
    const auto size = tbs.size();
    auto signing = request.authority->signer().sign(std::move(tbs));
    const auto signature = co_await std::move(signing);
    install_signature(leaf->certificate.get(), signature);
    // What OpenSSL caches lazily is computed here, before threads share the certificate.
    require(X509_check_purpose(leaf->certificate.get(), -1, 0) == 1, "forged certificate");
    leaf->key = share(key.key.get());
    leaf->stands_in = std::move(choice.stands_in);
    leaf->serial = serial_text(leaf->certificate.get());
    leaf->chain = chain_of(*request.authority);
    // One that only shows a fault is not valid now: it is kept all the same.
    leaf->valid_from = std::min(validity.begin, now);
    leaf->refresh_at = refresh_time(validity, now);
    leaf->octets = leaf_memory(size, name_count(leaf->certificate.get())) + forms_memory(*leaf);
    co_return leaf;
}

}  // namespace bascule::tls
