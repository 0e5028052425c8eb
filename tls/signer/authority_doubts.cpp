#include "tls/signer/authority_doubts.h"

#include "tls/x509/certificate.h"

#include <fmt/format.h>

namespace bascule::tls {
namespace {

constexpr auto kSoon = std::chrono::hours(24 * 30);

X509* last_of(const Authority& authority) {
    const auto& chain = authority.chain();
    if (chain.root) return chain.root.get();
    return chain.issuers.empty() ? authority.certificate() : chain.issuers.back().get();
}

void doubt_dates(std::vector<std::string>& doubts, const Authority& authority, const std::string& renew, WallTime now) {
    if (authority.not_before() > now) {
        doubts.push_back(
            fmt::format("is not valid before {}, and the clock says {}: nothing is intercepted until it is "
                        "right; set the clock (timedatectl), no restart is needed",
                        date_text(authority.not_before()), date_text(now)));
    } else if (authority.not_after() <= now) {
        doubts.push_back(fmt::format("expired {} (now {}): nothing is intercepted; {}",
                                     date_text(authority.not_after()), date_text(now), renew));
    } else if (authority.not_after() - now < kSoon) {
        const auto days = std::chrono::duration_cast<std::chrono::hours>(authority.not_after() - now).count() / 24;
        doubts.push_back(fmt::format("expires {}, in {} day{}; {}", date_text(authority.not_after()), days,
                                     days == 1 ? "" : "s", renew));
    }
}

void doubt_extensions(std::vector<std::string>& doubts, X509* certificate, const std::string& renew) {
    if (!X509_get0_subject_key_id(certificate)) {
        doubts.push_back("has no subjectKeyIdentifier, which strict clients (Python 3.13) demand of a CA; " + renew);
    }
    if ((X509_get_extension_flags(certificate) & EXFLAG_KUSAGE) == 0) {
        doubts.push_back("has no keyUsage, which strict clients (Python 3.13) demand of a CA; " + renew);
    }
}

void doubt_chain(std::vector<std::string>& doubts, const Authority& authority) {
    const auto& chain = authority.chain();
    for (const auto& stray : chain.strays) {
        doubts.push_back(
            fmt::format("comes with {}, which issued nothing above it and is not sent: take it out, or put "
                        "what is missing between them into the file",
                        name_text(X509_get_subject_name(stray.get()))));
    }
    for (const auto& issuer : chain.issuers) {
        const auto end = time_of(X509_get0_notAfter(issuer.get()));
        if (end >= authority.not_after()) continue;
        doubts.push_back(
            fmt::format("outlives its issuer {}, which expires {}: from then on clients refuse all leaves; "
                        "renew the issuer, and put the new one into the file",
                        name_text(X509_get_subject_name(issuer.get())), date_text(end)));
    }
}

}  // namespace

std::vector<std::string> doubts_about(const Authority& authority, const std::string& certificate_path, WallTime now) {
    const std::string renew =
        authority.chain().issuers.empty() && !authority.chain().root && is_self_signed(authority.certificate())
            ? std::string(
                  "make a new one beside it with: bascule ca create --directory NEW, and see \"Changing the CA\" in "
                  "bascule(8)")
            : "have it issued anew by " + name_text(X509_get_issuer_name(authority.certificate()));
    std::vector<std::string> doubts;
    doubt_dates(doubts, authority, renew, now);
    doubt_extensions(doubts, authority.certificate(), renew);
    doubt_chain(doubts, authority);
    for (auto& doubt : doubts) doubt = fmt::format("{}: the CA {} {}", certificate_path, authority.subject(), doubt);
    return doubts;
}

std::string trust_anchor_text(const Authority& authority) {
    auto* last = last_of(authority);
    if (is_self_signed(last)) return name_text(X509_get_subject_name(last));
    return name_text(X509_get_issuer_name(last)) + " (not in the file)";
}

}  // namespace bascule::tls
