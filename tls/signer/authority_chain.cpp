#include "tls/signer/authority_chain.h"

#include "base/error.h"
#include "tls/x509/certificate.h"

#include <openssl/err.h>

#include <algorithm>

namespace bascule::tls {
namespace {

bool issued(X509* issuer, X509* certificate) {
    const bool matches =
        X509_check_issued(issuer, certificate) == X509_V_OK && X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    return matches;
}

/// `below`: how many CAs stand between it and a leaf.
void check_may_issue(X509* issuer, long below) {
    const auto name = name_text(X509_get_subject_name(issuer));
    constexpr int kVersion3Authority = 1;
    if (X509_check_ca(issuer) != kVersion3Authority) throw Error("{}, which issued it, is no CA", name);
    const long most = X509_get_pathlen(issuer);
    if (most < 0 || most >= below) return;
    throw Error("the path length of {} allows {} CAs below it, and there are {}: no client accepts a leaf", name, most,
                below);
}

}  // namespace

bool is_self_signed(X509* certificate) {
    return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0 &&
           issued(certificate, certificate);
}

AuthorityChain chain_above(X509* authority, std::vector<CertificateHandle> others) {
    AuthorityChain chain;
    std::erase_if(others, [&](const auto& other) { return X509_cmp(other.get(), authority) == 0; });
    for (X509* last = authority; !is_self_signed(last);) {
        const auto found = std::ranges::find_if(others, [&](const auto& other) { return issued(other.get(), last); });
        if (found == others.end()) break;
        check_may_issue(found->get(), static_cast<long>(chain.issuers.size()) + 1);
        auto& place = is_self_signed(found->get()) ? chain.root : chain.issuers.emplace_back();
        place = std::move(*found);
        last = place.get();
        others.erase(found);
    }
    chain.strays = std::move(others);
    return chain;
}

}  // namespace bascule::tls
