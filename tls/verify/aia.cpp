#include "tls/verify/aia.h"

#include "tls/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include <algorithm>

namespace bascule::tls {
namespace {

using AccessHandle = Handle<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free>;
using Bag = Handle<PKCS7, PKCS7_free>;

constexpr std::size_t kMostUrls = 3;
constexpr std::size_t kLongestUrl = 1024;
constexpr std::size_t kMostCertificates = 8;
constexpr auto kKeep = std::chrono::hours(1);
constexpr auto kKeepNothing = std::chrono::seconds(30);

BioHandle view_of(ByteView octets) {
    BioHandle bio(BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())));
    require(bio != nullptr, "memory");
    return bio;
}

void take_bag(const PKCS7* bag, std::vector<CertificateHandle>& into) {
    if (!bag || OBJ_obj2nid(bag->type) != NID_pkcs7_signed || !bag->d.sign) return;
    for (int i = 0; i < sk_X509_num(bag->d.sign->cert); ++i) into.push_back(share(sk_X509_value(bag->d.sign->cert, i)));
}

void take_der(ByteView octets, std::vector<CertificateHandle>& into) {
    const auto* at = octets.data();
    if (CertificateHandle one{d2i_X509(nullptr, &at, static_cast<long>(octets.size()))}) {
        into.push_back(std::move(one));
        return;
    }
    at = octets.data();
    take_bag(Bag(d2i_PKCS7(nullptr, &at, static_cast<long>(octets.size()))).get(), into);
}

void take_pem(ByteView octets, std::vector<CertificateHandle>& into) {
    const auto bio = view_of(octets);
    while (CertificateHandle one{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        into.push_back(std::move(one));
        if (into.size() == kMostCertificates) return;
    }
    if (into.empty()) take_bag(Bag(PEM_read_bio_PKCS7(view_of(octets).get(), nullptr, nullptr, nullptr)).get(), into);
}

std::size_t size_of(const Issuers& issuers) {
    std::size_t octets = 256;
    for (const auto& one : *issuers) octets += static_cast<std::size_t>(std::max(0, i2d_X509(one.get(), nullptr))) * 3;
    return octets;
}

std::vector<std::string> urls_of(X509* certificate, int method) {
    std::vector<std::string> urls;
    const AccessHandle access(
        static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr)));
    for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()) && urls.size() < kMostUrls; ++i) {
        const auto* one = sk_ACCESS_DESCRIPTION_value(access.get(), i);
        if (OBJ_obj2nid(one->method) != method || one->location->type != GEN_URI) continue;
        const auto* uri = one->location->d.uniformResourceIdentifier;
        const auto text = as_text({ASN1_STRING_get0_data(uri), static_cast<std::size_t>(ASN1_STRING_length(uri))});
        const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
        if (text.starts_with("http://") && text.size() <= kLongestUrl && plain) urls.emplace_back(text);
    }
    return urls;
}

}  // namespace

std::vector<std::string> issuer_urls(X509* certificate) {
    return urls_of(certificate, NID_ad_ca_issuers);
}

std::vector<std::string> responder_urls(X509* certificate) {
    return urls_of(certificate, NID_ad_OCSP);
}

Issuers parse_issuers(ByteView octets) {
    std::vector<CertificateHandle> found;
    if (!octets.empty()) take_der(octets, found);
    if (found.empty() && !octets.empty()) take_pem(octets, found);
    ERR_clear_error();
    if (found.size() > kMostCertificates) found.resize(kMostCertificates);
    for (const auto& one : found) X509_check_purpose(one.get(), -1, 0);  // what is computed lazily, before it is shared
    return std::make_shared<const std::vector<CertificateHandle>>(std::move(found));
}

IssuerCache::IssuerCache(std::size_t octets, Clock now) : now_(now), known_(octets) {}

Issuers IssuerCache::find(const std::string& url) {
    return known_.find(Sha256().add(as_bytes(url)).finish(), now_()).value_or(nullptr);
}

void IssuerCache::put(const std::string& url, const Issuers& issuers) {
    const WallTime::duration keep = issuers->empty() ? WallTime::duration(kKeepNothing) : WallTime::duration(kKeep);
    known_.put(Sha256().add(as_bytes(url)).finish(), issuers, now_() + keep, size_of(issuers));
}

}  // namespace bascule::tls
