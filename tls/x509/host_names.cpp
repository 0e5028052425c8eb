#include "tls/x509/host_names.h"

#include "base/address.h"
#include "base/text.h"
#include "tls/x509/leaf_names.h"
#include "tls/x509/public_suffix.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace bascule::tls {
namespace {

using GeneralNames = Handle<GENERAL_NAMES, GENERAL_NAMES_free>;
using Constraints = Handle<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;

GeneralNames names_of(X509* certificate) {
    return GeneralNames(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
}

std::string_view text_of(const ASN1_STRING* string) {
    return as_text({ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))});
}

bool matches(std::string_view pattern, std::string_view name) {
    if (!is_dns_name(pattern)) return false;
    if (!pattern.starts_with("*.")) return equals_ignoring_case(pattern, name);
    const auto rest = pattern.substr(2);
    const auto dot = name.find('.');
    return dot != name.npos && equals_ignoring_case(rest, name.substr(dot + 1)) && !is_public_suffix(rest);
}

bool matches(const ASN1_OCTET_STRING* octets, const IpAddress& address) {
    const ByteView all(address.octets());
    const auto own = address.is_v4() ? all.last(4) : all;
    const auto* data = ASN1_STRING_get0_data(octets);
    return std::ranges::equal(ByteView(data, static_cast<std::size_t>(ASN1_STRING_length(octets))), own);
}

/// RFC 5280 section 4.2.1.10: a name is within itself and what it is a suffix of, label by label.
bool is_within(std::string_view name, std::string_view base) {
    if (base.empty()) return true;
    if (name.size() < base.size() || !equals_ignoring_case(name.substr(name.size() - base.size()), base)) return false;
    return name.size() == base.size() || base.front() == '.' || name[name.size() - base.size() - 1] == '.';
}

/// Whether one of the subtrees holds the name; nothing where none of them is about DNS names.
std::optional<bool> holds(const STACK_OF(GENERAL_SUBTREE) * subtrees, std::string_view name) {
    std::optional<bool> held;
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(subtrees); ++i) {
        const auto* base = sk_GENERAL_SUBTREE_value(subtrees, i)->base;
        if (base->type == GEN_DNS) held = held.value_or(false) || is_within(name, text_of(base->d.dNSName));
    }
    return held;
}

}  // namespace

bool certificate_is_for(X509* certificate, const std::string& server_name) {
    const auto address = IpAddress::parse(server_name);
    if (!address && (!is_dns_name(server_name) || server_name.starts_with('*'))) return false;
    const auto names = names_of(certificate);
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names.get(), i);
        if (address ? name->type == GEN_IPADD && matches(name->d.iPAddress, *address)
                    : name->type == GEN_DNS && matches(text_of(name->d.dNSName), server_name)) {
            return true;
        }
    }
    return false;
}

bool names_are_whole(X509* certificate) {
    const auto names = names_of(certificate);
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS) continue;
        const auto text = text_of(name->d.dNSName);
        if (text.empty() || text.starts_with('.') || text.find("..") != text.npos) return false;
    }
    return true;
}

int constraints_on(X509* authority, const std::string& server_name) {
    if (IpAddress::parse(server_name)) return X509_V_OK;  // there are no wildcards for addresses
    const Constraints constraints(
        static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(authority, NID_name_constraints, nullptr, nullptr)));
    if (!constraints) return X509_V_OK;
    if (holds(constraints->excludedSubtrees, server_name).value_or(false)) return X509_V_ERR_EXCLUDED_VIOLATION;
    if (!holds(constraints->permittedSubtrees, server_name).value_or(true)) return X509_V_ERR_PERMITTED_VIOLATION;
    return X509_V_OK;
}

}  // namespace bascule::tls
