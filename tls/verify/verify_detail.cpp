#include "tls/verify/verify_detail.h"

#include "base/address.h"
#include "base/text.h"
#include "tls/x509/certificate.h"
#include "tls/x509/public_suffix.h"

#include <fmt/format.h>

#include <algorithm>

namespace bascule::tls {
namespace {

constexpr int kNamesShown = 3;
constexpr std::size_t kLongestShown = 80;

std::string date(const ASN1_TIME* time) {
    return time_text(time).substr(0, 10);
}

/// Why a name that reads like the one that was asked for does not count.
std::string_view why_not(std::string_view name, const std::string& server_name) {
    if (name == server_name && IpAddress::parse(server_name)) return " (as a DNS name, and not as the address)";
    if (name.starts_with("*.") && is_public_suffix(name.substr(2))) {
        return " (a public suffix, and no certificate is for all of one)";
    }
    return {};
}

/// One name of a subjectAltName, fit for a log line; empty for the kinds that servers are not known by.
std::string shown(const GENERAL_NAME* name, const std::string& server_name) {
    if (name->type == GEN_DNS) {
        const auto* string = name->d.dNSName;
        const auto text = as_text({string->data, static_cast<std::size_t>(string->length)});
        return escape(text.substr(0, kLongestShown)) + std::string(why_not(text, server_name));
    }
    if (name->type != GEN_IPADD) return {};
    const auto* address = name->d.iPAddress;
    if (address->length == 4)
        return IpAddress::v4({address->data[0], address->data[1], address->data[2], address->data[3]}).text();
    if (address->length != 16) return {};
    std::array<std::uint8_t, 16> octets{};
    std::copy_n(address->data, octets.size(), octets.begin());
    return IpAddress::v6(octets).text();
}

std::string names_of(X509* certificate, const std::string& server_name) {
    const Handle<GENERAL_NAMES, GENERAL_NAMES_free> names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::string text;
    int known = 0;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto name = shown(sk_GENERAL_NAME_value(names.get(), i), server_name);
        if (name.empty() || ++known > kNamesShown) continue;
        text += (text.empty() ? "" : ", ") + name;
    }
    if (known == 0) return "it names no host (no subjectAltName)";
    if (known > kNamesShown) text += fmt::format(" and {} more", known - kNamesShown);
    return "it is for " + text;
}

std::string complaint(const VerifyFault& fault) {
    switch (fault.code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return fmt::format("expired {} (now {})", date(X509_get0_notAfter(fault.certificate)),
                               date_text(fault.now));
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return fmt::format("is not valid before {} (now {})", date(X509_get0_notBefore(fault.certificate)),
                               date_text(fault.now));
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return fmt::format("is not for {}: {}", escape(fault.server_name.substr(0, kLongestShown)),
                               names_of(fault.certificate, fault.server_name));
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "has an issuer that is neither trusted nor sent along";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return "is self-signed and not trusted";
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return "is a root that is not trusted";
        case X509_V_ERR_EE_KEY_TOO_SMALL:
        case X509_V_ERR_CA_KEY_TOO_SMALL:
            return "has a weak key";
        case X509_V_ERR_CA_MD_TOO_WEAK:
            return "has a weak signature";
        case X509_V_ERR_INVALID_PURPOSE:
            return "may not be used by a TLS server";
        case X509_V_ERR_INVALID_CA:
            return "is not a CA, but signed another certificate";
        case X509_V_ERR_PATH_LENGTH_EXCEEDED:
            return "has more CAs below it than its path length allows";
        case X509_V_ERR_PERMITTED_VIOLATION:
            return "is for names that the name constraints of a CA above it do not permit";
        case X509_V_ERR_EXCLUDED_VIOLATION:
            return "is for names that the name constraints of a CA above it exclude";
        case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
            return "has a critical extension that is not known here";
        case X509_V_ERR_INVALID_EXTENSION:
            return "has an extension that is malformed or out of place";
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return "has a wrong signature";
        case X509_V_ERR_CERT_REVOKED:
            return "has been revoked";
        case X509_V_ERR_CRL_HAS_EXPIRED:
            return "cannot be checked: the revocation list of its issuer (upstream.crl) is out of date";
        case X509_V_ERR_CRL_NOT_YET_VALID:
            return "cannot be checked: the revocation list of its issuer (upstream.crl) is not valid yet";
        case X509_V_ERR_CRL_SIGNATURE_FAILURE:
            return "cannot be checked: the revocation list of its issuer (upstream.crl) has a wrong signature";
        case X509_V_ERR_OCSP_CERT_UNKNOWN:
            return "is not known to those who answer for its issuer";
        case kFaultVersion:
            return "is not of X.509 version 3";
        case kFaultSerial:
            return "has a serial number that is not positive, or longer than 20 octets";
        case kFaultDuplicate:
            return "has the same extension twice, or more extensions than any certificate needs";
        case kFaultOwnAuthority:
            return "is issued by this proxy's own CA, which is not trusted for origins";
        case kFaultLeafIsAuthority:
            return "is a CA, or constrains names as only a CA may";
        case kFaultKeyKind:
            return "has a key that is neither RSA nor ECDSA nor EdDSA";
        case kFaultNoStaple:
            return "came without the OCSP answer that is required of it";
        case kFaultBadStaple:
            return "came with an OCSP answer that does not hold";
        default:
            return fmt::format("is not accepted ({})", verify_word(fault.code));
    }
}

}  // namespace

std::string verify_word(int code) {
    switch (code) {
        case kFaultVersion:
            return "certificate version is not 3";
        case kFaultSerial:
            return "illegal serial number";
        case kFaultDuplicate:
            return "duplicate extension";
        case kFaultOwnAuthority:
            return "issued by our own CA";
        case kFaultLeafIsAuthority:
            return "CA certificate used as a server's";
        case kFaultKeyKind:
            return "unsupported key algorithm";
        case kFaultNoStaple:
            return "OCSP staple missing";
        case kFaultBadStaple:
            return "OCSP staple not acceptable";
        default:
            return X509_verify_cert_error_string(code);
    }
}

std::string verify_detail(const VerifyFault& fault) {
    return fmt::format("upstream {} {}, subject {}, issuer {}",
                       fault.depth == 0 ? "certificate" : fmt::format("chain's certificate {}", fault.depth),
                       complaint(fault), name_text(X509_get_subject_name(fault.certificate)),
                       name_text(X509_get_issuer_name(fault.certificate)));
}

}  // namespace bascule::tls
