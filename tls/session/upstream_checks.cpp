#include "tls/session/session.h"
#include "tls/session/upstream_context.h"
#include "tls/verify/aia.h"
#include "tls/verify/verify_detail.h"
#include "tls/x509/certificate.h"

#include <fmt/format.h>
#include <openssl/err.h>

/// What a session with an origin checks while it shakes hands.
namespace bascule::tls {
namespace {

/// The fault of a certificate that came with this staple; X509_V_OK: none.
int fault_of(const Staple& staple, X509* leaf, Ocsp policy) {
    switch (staple.status) {
        case Staple::Status::good:
            return X509_V_OK;
        case Staple::Status::revoked:
            return X509_V_ERR_CERT_REVOKED;
        case Staple::Status::none:
            if (must_staple(leaf)) return kFaultNoStaple;
            return policy == Ocsp::require && responder_urls(leaf).empty() ? kFaultNoStaple : X509_V_OK;
        case Staple::Status::unknown:
        case Staple::Status::expired:
        case Staple::Status::invalid:
            break;
    }
    return kFaultBadStaple;  // RFC 6066 section 8: what is not satisfactory ends the handshake
}

/// The fault of a certificate of which its responder says this, or says nothing.
int fault_by_responder(Staple::Status said, Ocsp policy) {
    if (said == Staple::Status::good) return X509_V_OK;
    if (said == Staple::Status::revoked) return X509_V_ERR_CERT_REVOKED;
    if (said == Staple::Status::unknown) return X509_V_ERR_OCSP_CERT_UNKNOWN;
    return policy == Ocsp::require ? kFaultNoStaple : X509_V_OK;
}

std::string words_for(const Staple& staple, int fault) {
    if (fault == kFaultNoStaple) return "none was stapled";
    if (staple.status == Staple::Status::invalid) return staple.fault;
    return fmt::format("the stapled OCSP answer says {}", name_of(staple.status));
}

}  // namespace

/// What was presented, and what was fetched for it.
ChainHandle Session::with_issuers(STACK_OF(X509) * presented) const {
    ChainHandle all(presented ? X509_chain_up_ref(presented) : sk_X509_new_null());
    require(all != nullptr, "memory");
    for (const auto& issuer : issuers_) {
        require(X509_up_ref(issuer.get()) == 1 && sk_X509_push(all.get(), issuer.get()) > 0, "memory");
    }
    return all;
}

void Session::verify(X509* leaf, STACK_OF(X509) * presented, const UpstreamPolicy& policy) {
    const auto chain = issuers_.empty() ? nullptr : with_issuers(presented);
    verification_ = policy.verifier->verify(leaf, chain ? chain.get() : presented, expected_name_);
    chain_end_ = verification_.ok() ? verification_.end : time_of(X509_get0_notAfter(leaf));
    shows_fault_ = policy.show_faults && !verification_.ok();
    asks_for_issuers_ = policy.aia && verification_.lacks_issuer && !no_more_issuers_;
}

int Session::on_verify(X509_STORE_CTX* chain, const UpstreamPolicy& policy) noexcept try {
    X509* leaf = X509_STORE_CTX_get0_cert(chain);
    verify(leaf, X509_STORE_CTX_get0_untrusted(chain), policy);
    if (policy.ocsp != Ocsp::off && policy.enforce && !asked_for_status()) judge_by({}, leaf, policy);
    X509_STORE_CTX_set_error(chain, verification_.code);
    if (asks_for_issuers_ && handshakes_ == 0) {
        SSL_set_retry_verify(ssl_.get());
        return 1;
    }
    if (verification_.ok() || !policy.enforce) return 1;
    refused_ = share(leaf);  // OpenSSL forgets it, the record does not
    return 0;
} catch (const std::exception&) {  // no memory
    ERR_clear_error();
    X509_STORE_CTX_set_error(chain, X509_V_ERR_OUT_OF_MEM);
    return 0;
}

/// What the staple said goes with the session: one that is resumed brings none. OpenSSL keeps it as a server would keep
/// what belongs to a ticket.
void Session::note_staple(SSL_SESSION* session) const {
    if (!stapled_.empty()) SSL_SESSION_set1_ticket_appdata(session, stapled_.data(), stapled_.size());
}

void Session::verify_again(const UpstreamPolicy& policy) {
    verify(peer_certificate(), SSL_get_peer_cert_chain(ssl_.get()), policy);
    void* said = nullptr;
    std::size_t size = 0;
    if (SSL_SESSION_get0_ticket_appdata(SSL_get_session(ssl_.get()), &said, &size) == 1 && said) {
        stapled_.assign(static_cast<const char*>(said), size);
    }
    verification_.ocsp = stapled_;
    const bool refuse = policy.enforce && !verification_.ok() && !asks_for_issuers_;
    refused_ = refuse ? share(peer_certificate()) : nullptr;
}

void Session::add_issuers(std::vector<CertificateHandle> issuers) {
    ++issuer_rounds_;
    if (issuers.empty()) no_more_issuers_ = true;
    for (auto& issuer : issuers) issuers_.push_back(std::move(issuer));
}

/// The verification, if good so far, becomes what the staple makes of it.
void Session::judge_by(const Staple& staple, X509* leaf, const UpstreamPolicy& policy) {
    const int fault = fault_of(staple, leaf, policy.ocsp);
    if (fault != X509_V_OK) note_status_fault(fault, words_for(staple, fault), leaf);
}

void Session::note_status_fault(int fault, std::string_view why, X509* leaf) {
    status_at_fault_ = true;
    verification_.in_leaf_alone = false;
    if (!verification_.ok()) return;
    verification_.code = fault;
    verification_.word = verify_word(fault);
    verification_.detail =
        fmt::format("{} ({})", verify_detail({fault, 0, leaf, expected_name_, std::chrono::system_clock::now()}), why);
}

void Session::check_staple(X509* leaf, const UpstreamPolicy& policy) {
    const unsigned char* octets = nullptr;
    const long size = SSL_ctrl(ssl_.get(), SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, 0, static_cast<void*>(&octets));
    Staple staple;
    if (size > 0) {
        const auto chain = with_issuers(SSL_get_peer_cert_chain(ssl_.get()));
        staple = policy.verifier->judge_answer({octets, static_cast<std::size_t>(size)}, leaf, chain.get());
    }
    stapled_ = name_of(staple.status);
    verification_.ocsp = stapled_;
    judge_by(staple, leaf, policy);
}

/// Both versions call it before we send our Finished; TLS 1.3 also where a session is resumed, which brings no staple.
int Session::on_status(const UpstreamPolicy& policy) noexcept try {
    X509* leaf = peer_certificate();
    if (resumed() || !leaf) return 1;
    check_staple(leaf, policy);
    if (verification_.ok() || !policy.enforce) return 1;
    refused_ = share(leaf);
    return 0;
} catch (const std::exception&) {  // no memory
    ERR_clear_error();
    return -1;
}

bool Session::lacks_status(const UpstreamPolicy& policy) const {
    const bool asks = policy.ocsp == Ocsp::ask || policy.ocsp == Ocsp::require;
    return asks && (policy.enforce || policy.show_faults) && stapled_.empty() && !refused_;
}

Bytes Session::status_request(const UpstreamPolicy& policy) const {
    const auto chain = with_issuers(SSL_get_peer_cert_chain(ssl_.get()));
    return policy.verifier->status_request(peer_certificate(), chain.get());
}

Staple Session::judge_answer(ByteView answer, const UpstreamPolicy& policy) const {
    const auto chain = with_issuers(SSL_get_peer_cert_chain(ssl_.get()));
    return policy.verifier->judge_answer(answer, peer_certificate(), chain.get());
}

void Session::take_status(const Staple& answer, const UpstreamPolicy& policy) {
    verification_.ocsp = name_of(answer.status);
    const int fault = fault_by_responder(answer.status, policy.ocsp);
    if (fault == X509_V_OK) return;
    const auto why = fault == kFaultNoStaple ? "none was stapled, and the responder gave none that holds"
                                             : fmt::format("the OCSP responder says {}", verification_.ocsp);
    note_status_fault(fault, why, peer_certificate());
    forget_sessions();
    if (policy.enforce) refused_ = share(peer_certificate());
}

}  // namespace bascule::tls
