#include "tls/verify_detail.h"

#include "base/address.h"
#include "base/text.h"
#include "tls/trust.h"

#include <fmt/format.h>

#include <algorithm>

namespace bascule::tls {
namespace {

constexpr int kNamesShown = 3;
constexpr std::size_t kLongestShown = 80;

std::string date(const ASN1_TIME* time) {
    return time_text(time).substr(0, 10);
}

/// One name of a subjectAltName, fit for a log line; empty for the kinds that servers are not known by.
std::string shown(const GENERAL_NAME* name) {
    if (name->type == GEN_DNS) {
        const auto* text = name->d.dNSName;
        const ByteView octets(text->data, static_cast<std::size_t>(text->length));
        return escape(as_text(octets).substr(0, kLongestShown));
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

std::string names_of(X509* certificate) {
    const Handle<GENERAL_NAMES, GENERAL_NAMES_free> names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::string text;
    int known = 0;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto name = shown(sk_GENERAL_NAME_value(names.get(), i));
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
                               format_time(fault.now).substr(0, 10));
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return fmt::format("is not valid before {} (now {})", date(X509_get0_notBefore(fault.certificate)),
                               format_time(fault.now).substr(0, 10));
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return fmt::format("is not for {}: {}", escape(fault.server_name.substr(0, kLongestShown)),
                               names_of(fault.certificate));
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
        default:
            return fmt::format("is not accepted ({})", X509_verify_cert_error_string(fault.code));
    }
}

}  // namespace

std::string verify_detail(const VerifyFault& fault) {
    return fmt::format("upstream {} {}, subject {}, issuer {}",
                       fault.depth == 0 ? "certificate" : fmt::format("chain's certificate {}", fault.depth),
                       complaint(fault), name_text(X509_get_subject_name(fault.certificate)),
                       name_text(X509_get_issuer_name(fault.certificate)));
}

}  // namespace bascule::tls
