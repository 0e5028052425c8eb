#include "tls/verify/ocsp.h"

#include "tls/openssl.h"
#include "tls/x509/certificate.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

namespace bascule::tls {
namespace {

using Status = Staple::Status;
using Response = Handle<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using Basic = Handle<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using Id = Handle<OCSP_CERTID, OCSP_CERTID_free>;
using Request = Handle<OCSP_REQUEST, OCSP_REQUEST_free>;
using Features = Handle<TLS_FEATURE, TLS_FEATURE_free>;

constexpr auto kSkew = std::chrono::minutes(5);
constexpr auto kWithoutEnd = std::chrono::hours(24);
constexpr int kLeastSecurity = 112;  // bits: no SHA-1
constexpr long kStatusRequest = 5;   // RFC 7633 section 4: the extension's number

Staple invalid(const char* fault) {
    ERR_clear_error();
    return {.status = Status::invalid, .fault = fault};
}

/// The one who signed: the issuer, or a responder that it delegated to (RFC 6960 section 4.2.2.2).
bool may_answer(X509* signer, X509* issuer, WallTime now) {
    if (X509_cmp(signer, issuer) == 0) return true;
    const bool in_time = time_of(X509_get0_notBefore(signer)) <= now && now <= time_of(X509_get0_notAfter(signer));
    const bool delegated = (X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) != 0 &&
                           (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) != 0;
    return in_time && delegated && X509_check_issued(issuer, signer) == X509_V_OK &&
           X509_verify(signer, X509_get0_pubkey(issuer)) == 1;
}

bool is_signed_strongly(const OCSP_BASICRESP* basic) {
    const ASN1_OBJECT* algorithm = nullptr;
    X509_ALGOR_get0(&algorithm, nullptr, nullptr, OCSP_resp_get0_tbs_sigalg(basic));
    int digest = NID_undef;
    if (OBJ_find_sigid_algs(OBJ_obj2nid(algorithm), &digest, nullptr) != 1) return false;
    if (digest == NID_undef) return true;  // EdDSA, or RSA-PSS, whose digest is in its parameters
    const EVP_MD* kind = EVP_get_digestbynid(digest);
    return kind && EVP_MD_get_size(kind) * 8 / 2 >= kLeastSecurity;
}

const char* signature_fault(OCSP_BASICRESP* basic, X509* issuer, WallTime now) {
    const Handle<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }> known(sk_X509_new_null());
    require(known && sk_X509_push(known.get(), issuer) > 0, "memory");
    X509* signer = nullptr;
    if (OCSP_resp_get0_signer(basic, &signer, known.get()) != 1) return "nobody known has signed it";
    if (!may_answer(signer, issuer, now)) return "who signed it may not answer for the issuer";
    if (!is_signed_strongly(basic)) return "its signature is weak";
    if (OCSP_basic_verify(basic, known.get(), nullptr, OCSP_NOVERIFY) != 1) return "its signature is wrong";
    return nullptr;
}

/// What the answer says of this very certificate; null: nothing.
OCSP_SINGLERESP* find_single(OCSP_BASICRESP* basic, X509* leaf, X509* issuer) {
    for (int i = 0; i < OCSP_resp_count(basic); ++i) {
        auto* single = OCSP_resp_get0(basic, i);
        auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
        ASN1_OBJECT* digest = nullptr;
        if (OCSP_id_get0_info(nullptr, &digest, nullptr, nullptr, id) != 1) continue;
        const EVP_MD* kind = EVP_get_digestbyobj(digest);
        const Id ours(kind ? OCSP_cert_to_id(kind, leaf, issuer) : nullptr);
        if (ours && OCSP_id_cmp(ours.get(), id) == 0) return single;
    }
    return nullptr;
}

Staple judge_single(OCSP_SINGLERESP* single, WallTime now) {
    int reason = 0;
    ASN1_GENERALIZEDTIME* revoked = nullptr;
    ASN1_GENERALIZEDTIME* begin = nullptr;
    ASN1_GENERALIZEDTIME* end = nullptr;
    const int status = OCSP_single_get0_status(single, &reason, &revoked, &begin, &end);
    if (status == V_OCSP_CERTSTATUS_REVOKED) return {.status = Status::revoked, .until = now + kWithoutEnd};
    const auto from = time_of(begin);
    if (now + kSkew < from) return {.status = Status::expired};
    const auto until = end ? time_of(end) : from + kWithoutEnd;
    if (now - kSkew > until) return {.status = Status::expired};
    return {.status = status == V_OCSP_CERTSTATUS_GOOD ? Status::good : Status::unknown, .until = until};
}

}  // namespace

std::string_view name_of(Status status) {
    switch (status) {
        case Status::none:
            return {};
        case Status::good:
            return "good";
        case Status::revoked:
            return "revoked";
        case Status::unknown:
            return "unknown";
        case Status::expired:
            return "expired";
        case Status::invalid:
            return "invalid";
    }
    return {};
}

Staple judge_ocsp_answer(ByteView answer, X509* leaf, X509* issuer, WallTime now) {
    ERR_clear_error();
    const auto* octets = answer.data();
    const Response response(d2i_OCSP_RESPONSE(nullptr, &octets, static_cast<long>(answer.size())));
    if (!response || octets != answer.data() + answer.size()) return invalid("it cannot be read");
    if (OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL) return {};
    const Basic basic(OCSP_response_get1_basic(response.get()));
    if (!basic) return invalid("it cannot be read");
    if (const auto* fault = signature_fault(basic.get(), issuer, now)) return invalid(fault);
    auto* single = find_single(basic.get(), leaf, issuer);
    return single ? judge_single(single, now) : invalid("it is about another certificate");
}

Bytes ocsp_request(X509* leaf, X509* issuer) {
    const Request request(OCSP_REQUEST_new());
    Id id(OCSP_cert_to_id(EVP_sha1(), leaf, issuer));
    require(request && id && OCSP_request_add0_id(request.get(), id.get()), "OCSP request");
    std::ignore = id.release();
    const int size = i2d_OCSP_REQUEST(request.get(), nullptr);
    require(size > 0, "OCSP request");
    Bytes octets(static_cast<std::size_t>(size));
    auto* at = octets.data();
    i2d_OCSP_REQUEST(request.get(), &at);
    return octets;
}

bool must_staple(X509* leaf) {
    const Features features(static_cast<TLS_FEATURE*>(X509_get_ext_d2i(leaf, NID_tlsfeature, nullptr, nullptr)));
    for (int i = 0; features && i < sk_ASN1_INTEGER_num(features.get()); ++i) {
        if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features.get(), i)) == kStatusRequest) return true;
    }
    return false;
}

}  // namespace bascule::tls
