#include "tls/verify/chain_checks.h"

#include "base/address.h"
#include "tls/verify/verify_detail.h"
#include "tls/x509/host_names.h"

#include <algorithm>
#include <array>

namespace bascule::tls {
namespace {

constexpr int kMostExtensions = 64;
constexpr int kLongestSerial = 20;  // octets, RFC 5280 section 4.1.2.2
constexpr int kLeastCurve = 256;
constexpr int kLeastRsa = 2048;
// RFC 8410 and RFC 9881: each is of one strength, and that is enough.
constexpr std::array<const char*, 5> kStrongKinds{"ED25519", "ED448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"};

bool is_strong(const EVP_PKEY* key) {
    return std::ranges::any_of(kStrongKinds, [key](const char* kind) { return EVP_PKEY_is_a(key, kind) == 1; });
}

/// X509_V_OK or the fault.
int key_fault(X509* certificate, int depth) {
    const EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (!key) return kFaultKeyKind;
    const bool rsa = EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS");
    const bool curve = EVP_PKEY_is_a(key, "EC");
    if (!rsa && !curve && !is_strong(key)) return kFaultKeyKind;
    const int bits = EVP_PKEY_get_bits(key);
    const bool weak = (rsa && (bits < kLeastRsa || bits % 8 != 0)) || (curve && bits < kLeastCurve);
    if (!weak) return X509_V_OK;
    return depth == 0 ? X509_V_ERR_EE_KEY_TOO_SMALL : X509_V_ERR_CA_KEY_TOO_SMALL;
}

bool serial_is_legal(const X509* certificate) {
    const auto* serial = X509_get0_serialNumber(certificate);
    const bool negative = (serial->type & V_ASN1_NEG) != 0;
    const bool zero = std::all_of(serial->data, serial->data + serial->length, [](auto octet) { return octet == 0; });
    return !negative && !zero && serial->length <= kLongestSerial;
}

bool extensions_are_unique(const X509* certificate) {
    const int count = X509_get_ext_count(certificate);
    if (count > kMostExtensions) return false;
    for (int i = 0; i < count; ++i) {
        const auto* type = X509_EXTENSION_get_object(X509_get_ext(certificate, i));
        if (X509_get_ext_by_OBJ(certificate, type, i) >= 0) return false;
    }
    return true;
}

/// Whether the extension, if there, is what its type says. The other types are decoded by OpenSSL itself.
bool decodes(const X509* certificate, int nid) {
    const int at = X509_get_ext_by_NID(certificate, nid, -1);
    if (at < 0) return true;
    void* const value = X509V3_EXT_d2i(X509_get_ext(certificate, at));
    if (!value) return false;
    const auto* method = X509V3_EXT_get_nid(nid);
    ASN1_item_free(static_cast<ASN1_VALUE*>(value), ASN1_ITEM_ptr(method->it));
    return true;
}

bool constrains_something(X509* certificate) {
    const Handle<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free> constraints(
        static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(certificate, NID_name_constraints, nullptr, nullptr)));
    return !constraints || sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees) > 0 ||
           sk_GENERAL_SUBTREE_num(constraints->excludedSubtrees) > 0;
}

int extension_fault(X509* certificate) {
    for (const int nid : {NID_info_access, NID_subject_alt_name, NID_tlsfeature, NID_name_constraints}) {
        if (!decodes(certificate, nid)) return X509_V_ERR_INVALID_EXTENSION;
    }
    if (!constrains_something(certificate)) return X509_V_ERR_INVALID_EXTENSION;
    const int policy = X509_get_ext_by_NID(certificate, NID_policy_constraints, -1);
    const bool lax = policy >= 0 && X509_EXTENSION_get_critical(X509_get_ext(certificate, policy)) == 0;
    return lax ? X509_V_ERR_INVALID_POLICY_EXTENSION : X509_V_OK;
}

/// A root that says it was issued by another one of its own name, or does not say by which (RFC 5280 section 4.2.1.1:
/// an authority key identifier has the key's).
bool denies_itself(X509* root) {
    if (X509_NAME_cmp(X509_get_subject_name(root), X509_get_issuer_name(root)) != 0) return false;
    const bool says = X509_get_ext_by_NID(root, NID_authority_key_identifier, -1) >= 0;
    if (says && !X509_get0_authority_key_id(root)) return true;
    const int verdict = X509_check_issued(root, root);
    return verdict == X509_V_ERR_AKID_SKID_MISMATCH || verdict == X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH;
}

int certificate_fault(X509* certificate, int depth, bool anchor) {
    if (const int fault = key_fault(certificate, depth); fault != X509_V_OK) return fault;
    if (!extensions_are_unique(certificate)) return kFaultDuplicate;
    if (!serial_is_legal(certificate)) return kFaultSerial;
    if (X509_get_version(certificate) != X509_VERSION_3) return kFaultVersion;
    if (!anchor) return extension_fault(certificate);
    return denies_itself(certificate) ? X509_V_ERR_AKID_SKID_MISMATCH : X509_V_OK;
}

/// OpenSSL is content with the old "server gated" usages and anyExtendedKeyUsage; a web server's certificate says
/// serverAuth where it says anything.
bool may_be_server(X509* leaf) {
    const bool absent = (X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE) == 0;
    return absent || (X509_get_extended_key_usage(leaf) & XKU_SSL_SERVER) != 0;
}

int leaf_fault(X509* leaf, bool anchor) {
    if (!may_be_server(leaf)) return X509_V_ERR_INVALID_PURPOSE;
    if (anchor) return X509_V_OK;
    if ((X509_get_extension_flags(leaf) & EXFLAG_CA) != 0) return kFaultLeafIsAuthority;
    if (X509_get_ext_by_NID(leaf, NID_name_constraints, -1) >= 0) return kFaultLeafIsAuthority;
    return names_are_whole(leaf) ? X509_V_OK : X509_V_ERR_UNSUPPORTED_NAME_SYNTAX;
}

ChainFault name_fault(STACK_OF(X509) * chain, const std::string& server_name) {
    if (!certificate_is_for(sk_X509_value(chain, 0), server_name)) {
        const bool address = IpAddress::parse(server_name).has_value();
        return {address ? X509_V_ERR_IP_ADDRESS_MISMATCH : X509_V_ERR_HOSTNAME_MISMATCH, 0};
    }
    for (int depth = 1; depth < sk_X509_num(chain); ++depth) {
        const int fault = constraints_on(sk_X509_value(chain, depth), server_name);
        if (fault != X509_V_OK) return {fault, 0};
    }
    return {};
}

}  // namespace

ChainFault check_chain(STACK_OF(X509) * chain, const std::string* server_name) {
    const int size = sk_X509_num(chain);
    for (int depth = 0; depth < size; ++depth) {
        const int fault = certificate_fault(sk_X509_value(chain, depth), depth, depth == size - 1);
        if (fault != X509_V_OK) return {fault, depth};
    }
    const int fault = leaf_fault(sk_X509_value(chain, 0), size == 1);
    if (fault != X509_V_OK) return {fault, 0};
    return server_name ? name_fault(chain, *server_name) : ChainFault{};
}

}  // namespace bascule::tls
